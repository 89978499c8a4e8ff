#ifndef CJPEG_H
#define CJPEG_H

#include <stddef.h>
#include <stdint.h>

/* Why a shim: libjpeg reports errors by a function that must not return, so each call runs under setjmp, which Swift
   cannot. Nothing jumps out of this file. What to decode, and which warnings are damage, is decided in Swift. */

/* A decompressor; for one thread at a time. */
struct cjpeg;

enum {
    CJPEG_OK,
    /* The library's error; cjpeg_message has its text. */
    CJPEG_ERROR,
    CJPEG_OUT_OF_MEMORY,
    CJPEG_TOO_MANY_SCANS,
    CJPEG_TIMED_OUT,
    CJPEG_COMPONENTS = 4,
};

struct cjpeg_limits {
    /* Of the coefficients that a file in several scans needs, in bytes. */
    long memory_bytes;
    int scans;
    /* From the start of cjpeg_read_header to the end of cjpeg_read_region; looked at between rows and scans. */
    int64_t nanoseconds;
};

struct cjpeg_header {
    int32_t width, height, components;
    /* 1 where the colours are CMYK or YCCK and come out as four inks. */
    int32_t is_cmyk;
    /* 1 where one scan holds all components, so that rows are decoded as they are read. */
    int32_t has_one_scan;
    /* Sampling factors of each component. */
    int32_t horizontal[CJPEG_COMPONENTS], vertical[CJPEG_COMPONENTS];
};

/* What to decode, in pixels of the image scaled by 1 / denominator. */
struct cjpeg_region {
    /* 1, 2, 4 or 8. */
    int32_t denominator;
    /* Of the whole image, scaled: each side divided and rounded up. */
    int32_t width, height;
    /* Columns that the library is told to decode; it may begin further left. All of them where columns is 0. */
    int32_t first_column, columns;
    /* Rows from the top that are skipped, then rows that are decoded and thrown away, then rows that are kept. */
    int32_t skipped_rows, discarded_rows, kept_rows;
    /* Of each kept row, these pixels are written. They lie inside the columns. */
    int32_t kept_column, kept_columns;
    /* 1: read to the end marker, so that damage behind the last row shows. */
    int32_t finish;
};

/* NULL where there is no memory. */
struct cjpeg *cjpeg_create(void);
void cjpeg_destroy(struct cjpeg *decoder);

/* jpeg_mem_src and jpeg_read_header. Ends an image that was begun before. `bytes` must stay until the region is read. */
int cjpeg_read_header(struct cjpeg *decoder, const uint8_t *bytes, size_t count, struct cjpeg_limits limits,
                      struct cjpeg_header *header);

/* Writes [kept_rows, kept_columns, 4] to `pixels`: red, green, blue and a byte of no meaning, or four inks as stored.
   `scratch` has room for a row of the whole scaled image, 4 bytes a pixel, and 16 more. Once after cjpeg_read_header. */
int cjpeg_read_region(struct cjpeg *decoder, const struct cjpeg_region *region, uint8_t *pixels, uint8_t *scratch);

/* The text of the error; valid until the next call. */
const char *cjpeg_message(const struct cjpeg *decoder);
/* The text of the image's first warning, or NULL. */
const char *cjpeg_warning(const struct cjpeg *decoder);

#endif
