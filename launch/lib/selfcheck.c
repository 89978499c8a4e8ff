// Compiled, linked and run by launch/setup: what it prints was really found by the compiler and the loader.
#include <mpi.h>
#include <oneapi/dnnl/dnnl.h>
#include <png.h>
#include <stdio.h>
#include <string.h>
#include <turbojpeg.h>
#include <zlib.h>

// Needs stdio.h before it.
#include <jpeglib.h>

#ifndef LIBJPEG_TURBO_VERSION
#error "jpeglib.h is not libjpeg-turbo's, whose interface for parts of images is needed"
#endif

int main(void) {
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    if (MPI_Get_library_version(mpi, &length) != MPI_SUCCESS) return 1;
    mpi[strcspn(mpi, ",")] = 0;

    const dnnl_version_t *dnnl = dnnl_version();
    if (dnnl->major != DNNL_VERSION_MAJOR || dnnl->minor != DNNL_VERSION_MINOR) {
        printf("oneDNN headers are %d.%d, the library is %d.%d\n", DNNL_VERSION_MAJOR, DNNL_VERSION_MINOR, dnnl->major,
               dnnl->minor);
        return 1;
    }

    tjhandle jpeg = tjInitDecompress();
    if (jpeg == NULL) return 1;
    tjDestroy(jpeg);

    // Exits with the library's own message where header and library do not fit.
    struct jpeg_decompress_struct decoder;
    struct jpeg_error_mgr errors;
    decoder.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&decoder);
    jpeg_destroy_decompress(&decoder);

    printf("%s, oneDNN %d.%d.%d, libjpeg-turbo, libpng %s, zlib %s\n", mpi, dnnl->major, dnnl->minor, dnnl->patch,
           png_get_libpng_ver(NULL), zlibVersion());
    return 0;
}
