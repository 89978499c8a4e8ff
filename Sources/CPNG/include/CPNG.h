#ifndef CPNG_H
#define CPNG_H

#include <stddef.h>
#include <stdint.h>

/* Why a shim: libpng reports errors by a function that must not return, so each call runs under setjmp, which Swift
   cannot. Nothing jumps out of this file. What to decode is decided in Swift. */

/* A file that is being read; for one thread at a time. */
struct cpng;

enum {
    CPNG_OK,
    /* The library's error; cpng_message has its text. */
    CPNG_ERROR,
    CPNG_TIMED_OUT,
};

struct cpng_limits {
    /* Of one chunk, in bytes. */
    size_t memory_bytes;
    /* From cpng_open to the end of cpng_read_region; looked at where bytes of the file are read. */
    int64_t nanoseconds;
    /* 1: a wrong checksum is an error also where the library can go on. */
    int checks_all;
};

struct cpng_header {
    int32_t width, height;
    int32_t is_interlaced;
};

/* NULL where there is no memory. `bytes` must stay until cpng_close. */
struct cpng *cpng_open(const uint8_t *bytes, size_t count, struct cpng_limits limits);
void cpng_close(struct cpng *file);

/* png_read_info. */
int cpng_read_header(struct cpng *file, struct cpng_header *header);

/* Writes columns x..<x + width of rows y..<y + height as [height, width, 4]: red, green, blue and a byte of no meaning.
   Palettes are looked up, gray is spread, alpha is dropped and 16 bits are cut to their high byte. `scratch` has 4 bytes a
   pixel for a row of the image, or for the whole image where it is interlaced. Rows below the
   region are not unpacked, but the file is read to its end and its checksums are compared. Once after cpng_read_header. */
int cpng_read_region(struct cpng *file, int32_t x, int32_t y, int32_t width, int32_t height, uint8_t *pixels,
                     uint8_t *scratch);

/* The text of the error. */
const char *cpng_message(const struct cpng *file);

#endif
