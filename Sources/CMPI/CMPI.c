#include "CMPI.h"

#include <mpi.h>

_Static_assert(sizeof(MPI_Comm) <= sizeof(cmpi_handle), "an MPI_Comm fits a handle");
_Static_assert(sizeof(MPI_Request) <= sizeof(cmpi_handle), "an MPI_Request fits a handle");
_Static_assert(MPI_MAX_ERROR_STRING <= CMPI_ERROR_TEXT, "an error's text fits its buffer");
_Static_assert(MPI_SUCCESS == CMPI_SUCCESS, "MPI fixes the value of MPI_SUCCESS");

int cmpi_init_thread(int *funneled) {
    int provided = MPI_THREAD_SINGLE;
    int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    *funneled = provided >= MPI_THREAD_FUNNELED;
    return code;
}

int cmpi_initialized(int *yes) { return MPI_Initialized(yes); }

int cmpi_finalize(void) { return MPI_Finalize(); }

int cmpi_abort(int status) { return MPI_Abort(MPI_COMM_WORLD, status); }

int cmpi_error_string(int code, char text[CMPI_ERROR_TEXT]) {
    int length = 0;
    int result = MPI_Error_string(code, text, &length);
    text[result == MPI_SUCCESS ? length : 0] = 0;
    return result;
}

int cmpi_error_is_truncation(int code) {
    int class = MPI_SUCCESS;
    return MPI_Error_class(code, &class) == MPI_SUCCESS && class == MPI_ERR_TRUNCATE;
}

int cmpi_comm_dup_world(cmpi_handle *communicator) {
    MPI_Comm copy = MPI_COMM_NULL;
    int code = MPI_Comm_dup(MPI_COMM_WORLD, &copy);
    *communicator = (cmpi_handle)copy;
    return code;
}

int cmpi_comm_set_errors_return(cmpi_handle communicator) {
    int code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    return code == MPI_SUCCESS ? MPI_Comm_set_errhandler((MPI_Comm)communicator, MPI_ERRORS_RETURN) : code;
}

int cmpi_comm_rank(cmpi_handle communicator, int *rank) { return MPI_Comm_rank((MPI_Comm)communicator, rank); }

int cmpi_comm_size(cmpi_handle communicator, int *size) { return MPI_Comm_size((MPI_Comm)communicator, size); }

int cmpi_comm_free(cmpi_handle *communicator) {
    MPI_Comm freed = (MPI_Comm)*communicator;
    int code = MPI_Comm_free(&freed);
    *communicator = (cmpi_handle)freed;
    return code;
}

int cmpi_comm_split_shared(cmpi_handle communicator, int key, cmpi_handle *host) {
    MPI_Comm part = MPI_COMM_NULL;
    int code = MPI_Comm_split_type((MPI_Comm)communicator, MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, &part);
    *host = (cmpi_handle)part;
    return code;
}

int cmpi_comm_split(cmpi_handle communicator, int color, cmpi_handle *group) {
    MPI_Comm part = MPI_COMM_NULL;
    int code = MPI_Comm_split((MPI_Comm)communicator, color, 0, &part);
    *group = (cmpi_handle)part;
    return code;
}

int cmpi_allgather_int(cmpi_handle communicator, int value, int *values) {
    return MPI_Allgather(&value, 1, MPI_INT, values, 1, MPI_INT, (MPI_Comm)communicator);
}

int cmpi_isend(const void *bytes, int count, int peer, int tag, cmpi_handle communicator, cmpi_handle *request) {
    MPI_Request started = MPI_REQUEST_NULL;
    int code = MPI_Isend(bytes, count, MPI_BYTE, peer, tag, (MPI_Comm)communicator, &started);
    *request = (cmpi_handle)started;
    return code;
}

int cmpi_irecv(void *bytes, int count, int peer, int tag, cmpi_handle communicator, cmpi_handle *request) {
    MPI_Request started = MPI_REQUEST_NULL;
    int code = MPI_Irecv(bytes, count, MPI_BYTE, peer, tag, (MPI_Comm)communicator, &started);
    *request = (cmpi_handle)started;
    return code;
}

int cmpi_test(cmpi_handle *request, int *finished, int *count) {
    MPI_Request tested = (MPI_Request)*request;
    MPI_Status status;
    int code = MPI_Test(&tested, finished, &status);
    *request = (cmpi_handle)tested;
    if (code != MPI_SUCCESS || !*finished) return code;
    return MPI_Get_count(&status, MPI_BYTE, count);
}

int cmpi_iprobe(int tag, cmpi_handle communicator, int *found, int *source) {
    MPI_Status status;
    int code = MPI_Iprobe(MPI_ANY_SOURCE, tag, (MPI_Comm)communicator, found, &status);
    if (code == MPI_SUCCESS && *found) *source = status.MPI_SOURCE;
    return code;
}

int cmpi_iprobe_source(int source, int tag, cmpi_handle communicator, int *found) {
    return MPI_Iprobe(source, tag, (MPI_Comm)communicator, found, MPI_STATUS_IGNORE);
}

int cmpi_iallreduce_float_sum(float *values, int count, cmpi_handle communicator, cmpi_handle *request) {
    MPI_Request started = MPI_REQUEST_NULL;
    int code =
        MPI_Iallreduce(MPI_IN_PLACE, values, count, MPI_FLOAT, MPI_SUM, (MPI_Comm)communicator, &started);
    *request = (cmpi_handle)started;
    return code;
}

int cmpi_allreduce_float_sum(const float *source, float *target, int count, cmpi_handle communicator) {
    const void *from = source ? (const void *)source : MPI_IN_PLACE;
    return MPI_Allreduce(from, target, count, MPI_FLOAT, MPI_SUM, (MPI_Comm)communicator);
}
