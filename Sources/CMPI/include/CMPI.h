#ifndef CMPI_H
#define CMPI_H
int cmpi_initialized(void);
#endif
