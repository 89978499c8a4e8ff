#ifndef CMPI_H
#define CMPI_H

#include <stdint.h>

/* Why shims: MPI's communicators, datatypes and other constants are macros that Swift does not import, and MPI_Comm and
   MPI_Request are pointers in one MPI and integers in another. Each function makes the call it is named after and returns
   that call's code; what the codes mean is decided in Swift. */

/* An MPI_Comm or an MPI_Request. */
typedef uintptr_t cmpi_handle;

enum { CMPI_SUCCESS = 0, CMPI_ERROR_TEXT = 512 };

/* MPI_Init_thread for MPI_THREAD_FUNNELED; *funneled is 0 when the library cannot do even that. */
int cmpi_init_thread(int *funneled);
int cmpi_initialized(int *yes);
int cmpi_finalize(void);
int cmpi_abort(int status);

/* The text of a code, and whether it says that a message was larger than its buffer (class MPI_ERR_TRUNCATE). */
int cmpi_error_string(int code, char text[CMPI_ERROR_TEXT]);
int cmpi_error_is_truncation(int code);

/* MPI_Comm_dup of MPI_COMM_WORLD. */
int cmpi_comm_dup_world(cmpi_handle *communicator);
/* MPI_Comm_set_errhandler with MPI_ERRORS_RETURN, for `communicator` and for MPI_COMM_WORLD. */
int cmpi_comm_set_errors_return(cmpi_handle communicator);
int cmpi_comm_rank(cmpi_handle communicator, int *rank);
int cmpi_comm_size(cmpi_handle communicator, int *size);
int cmpi_comm_free(cmpi_handle *communicator);
/* MPI_Comm_split_type with MPI_COMM_TYPE_SHARED, members in the order of `key`. */
int cmpi_comm_split_shared(cmpi_handle communicator, int key, cmpi_handle *host);
/* MPI_Comm_split: one communicator for all that give the same color, members in the order of their ranks. */
int cmpi_comm_split(cmpi_handle communicator, int color, cmpi_handle *group);
/* MPI_Allgather of one int per rank. */
int cmpi_allgather_int(cmpi_handle communicator, int value, int *values);

/* Messages are MPI_BYTE. */
int cmpi_isend(const void *bytes, int count, int peer, int tag, cmpi_handle communicator, cmpi_handle *request);
int cmpi_irecv(void *bytes, int count, int peer, int tag, cmpi_handle communicator, cmpi_handle *request);
/* MPI_Test; once finished, *count is the number of bytes that came (meaningless for a send). */
int cmpi_test(cmpi_handle *request, int *finished, int *count);

/* MPI_Iprobe of any source; *source is set where a message was found. */
int cmpi_iprobe(int tag, cmpi_handle communicator, int *found, int *source);
/* The same of one source. */
int cmpi_iprobe_source(int source, int tag, cmpi_handle communicator, int *found);

/* MPI_Iallreduce in place, MPI_FLOAT, MPI_SUM. */
int cmpi_iallreduce_float_sum(float *values, int count, cmpi_handle communicator, cmpi_handle *request);

/* MPI_Allreduce, MPI_FLOAT, MPI_SUM; in place (MPI_IN_PLACE) where `source` is NULL. */
int cmpi_allreduce_float_sum(const float *source, float *target, int count, cmpi_handle communicator);

/* From now on _exit(STATUS), whoever calls it, ends the process with what the function makes of STATUS. It may be called on
   any thread. */
typedef int (*cmpi_exit_status)(int status);
void cmpi_at_exit(cmpi_exit_status status);

#endif
