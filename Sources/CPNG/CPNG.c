#include "CPNG.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct cpng {
    png_structp library;
    png_infop info;
    const uint8_t *next, *end;
    jmp_buf escape;
    int64_t deadline;
    int status;
    char message[128];
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

_Noreturn static void fail(png_structp library, png_const_charp message) {
    struct cpng *file = png_get_error_ptr(library);
    strncpy(file->message, message, sizeof file->message - 1);
    file->status = CPNG_ERROR;
    longjmp(file->escape, 1);
}

/* libpng warns of colour profiles and text that it does not like; pixels are the same. */
static void ignore(png_structp library, png_const_charp message) {
    (void)library;
    (void)message;
}

static void read_bytes(png_structp library, png_bytep target, size_t count) {
    struct cpng *file = png_get_io_ptr(library);
    /* What lies between two calls unpacks to a few megabytes at most. */
    if (now() > file->deadline) {
        file->status = CPNG_TIMED_OUT;
        longjmp(file->escape, 1);
    }
    if (count > (size_t)(file->end - file->next)) png_error(library, "premature end of file");
    memcpy(target, file->next, count);
    file->next += count;
}

/* Chunks that say nothing about pixels as we read them; some of them unpack to a thousand times their size. */
static const png_byte unread[] =
    "tRNS\0iCCP\0iTXt\0zTXt\0tEXt\0eXIf\0sPLT\0hIST\0pCAL\0sCAL\0sBIT\0bKGD\0gAMA\0cHRM\0sRGB\0tIME\0oFFs\0pHYs";

struct cpng *cpng_open(const uint8_t *bytes, size_t count, struct cpng_limits limits) {
    struct cpng *file = calloc(1, sizeof *file);
    if (file == NULL) return NULL;
    file->next = bytes;
    file->end = bytes + count;
    file->deadline = now() + limits.nanoseconds;
    if (setjmp(file->escape)) {
        cpng_close(file);
        return NULL;
    }
    file->library = png_create_read_struct(PNG_LIBPNG_VER_STRING, file, fail, ignore);
    if (file->library != NULL) file->info = png_create_info_struct(file->library);
    if (file->info == NULL) {
        cpng_close(file);
        return NULL;
    }
    png_set_read_fn(file->library, file, read_bytes);
    /* Sizes are limited in Swift, which knows what to say. */
    png_set_user_limits(file->library, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(file->library, limits.memory_bytes);
    png_set_chunk_cache_max(file->library, 128);
    png_set_keep_unknown_chunks(file->library, PNG_HANDLE_CHUNK_NEVER, unread, (int)(sizeof unread / 5));
    if (limits.checks_all) png_set_crc_action(file->library, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    return file;
}

void cpng_close(struct cpng *file) {
    png_destroy_read_struct(&file->library, &file->info, NULL);
    free(file);
}

int cpng_read_header(struct cpng *file, struct cpng_header *header) {
    if (setjmp(file->escape)) return file->status;
    png_read_info(file->library, file->info);
    *header = (struct cpng_header){
        .width = (int32_t)png_get_image_width(file->library, file->info),
        .height = (int32_t)png_get_image_height(file->library, file->info),
        .is_interlaced = png_get_interlace_type(file->library, file->info) != PNG_INTERLACE_NONE,
    };
    return CPNG_OK;
}

/* Four bytes a pixel, whatever the file has. */
static int make_four_bytes(png_structp library, png_infop info) {
    png_byte type = png_get_color_type(library, info);
    png_set_strip_16(library);
    png_set_packing(library);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(library);
    if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(library);
    if (!(type & PNG_COLOR_MASK_COLOR)) png_set_gray_to_rgb(library);
    if (!(type & PNG_COLOR_MASK_ALPHA)) png_set_filler(library, 0xFF, PNG_FILLER_AFTER);
    int passes = png_set_interlace_handling(library);
    png_read_update_info(library, info);
    if (png_get_rowbytes(library, info) != 4 * (size_t)png_get_image_width(library, info))
        png_error(library, "a row has another length than planned");
    return passes;
}

int cpng_read_region(struct cpng *file, int32_t x, int32_t y, int32_t width, int32_t height, uint8_t *pixels,
                     uint8_t *scratch) {
    if (setjmp(file->escape)) return file->status;
    int passes = make_four_bytes(file->library, file->info);
    png_uint_32 rows = png_get_image_height(file->library, file->info);
    size_t stride = 4 * (size_t)png_get_image_width(file->library, file->info);
    size_t offset = 4 * (size_t)x, length = 4 * (size_t)width;
    int keeps_rows = passes > 1;
    for (int pass = 0; pass + 1 < passes; pass++) {
        for (png_uint_32 row = 0; row < rows; row++) png_read_row(file->library, scratch + row * stride, NULL);
    }
    for (int32_t row = 0; row < y + height; row++) {
        uint8_t *source = keeps_rows ? scratch + (size_t)row * stride : scratch;
        png_read_row(file->library, source, NULL);
        if (row >= y) memcpy(pixels + (size_t)(row - y) * length, source + offset, length);
    }
    /* Checksums come last in a chunk, so the rest of the file says whether these pixels are what was written. */
    png_read_end(file->library, NULL);
    return CPNG_OK;
}

const char *cpng_message(const struct cpng *file) { return file->message; }
