#include "CMPI.h"
#include <mpi.h>
int cmpi_initialized(void) { int f = 0; MPI_Initialized(&f); return f; }
