#include "CJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Needs stdio.h before it. */
#include <jpeglib.h>

#include <jerror.h>

struct cjpeg {
    struct jpeg_decompress_struct library;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    struct cjpeg_limits limits;
    int64_t deadline;
    int status;
    unsigned calls;
    char message[JMSG_LENGTH_MAX];
    char warning[JMSG_LENGTH_MAX];
};

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static struct cjpeg *owner(j_common_ptr library) { return library->client_data; }

_Noreturn static void leave(struct cjpeg *decoder, int status) {
    decoder->status = status;
    longjmp(decoder->escape, 1);
}

_Noreturn static void leave_with(struct cjpeg *decoder, const char *message) {
    strncpy(decoder->message, message, JMSG_LENGTH_MAX - 1);
    leave(decoder, CJPEG_ERROR);
}

static void error_exit(j_common_ptr library) {
    struct cjpeg *decoder = owner(library);
    int code = library->err->msg_code;
    library->err->format_message(library, decoder->message);
    /* Coefficients beyond max_memory_to_use would go to a file, and this library has none. */
    leave(decoder, code == JERR_OUT_OF_MEMORY || code == JERR_NO_BACKING_STORE ? CJPEG_OUT_OF_MEMORY : CJPEG_ERROR);
}

static void emit_message(j_common_ptr library, int level) {
    struct cjpeg *decoder = owner(library);
    if (level >= 0) return;
    if (library->err->num_warnings++ == 0) library->err->format_message(library, decoder->warning);
}

static void monitor(j_common_ptr library) {
    struct cjpeg *decoder = owner(library);
    if (decoder->library.input_scan_number > decoder->limits.scans) leave(decoder, CJPEG_TOO_MANY_SCANS);
    /* A row takes some microseconds, and asking for the time a tenth of one. */
    if (++decoder->calls % 16 == 0 && now() > decoder->deadline) leave(decoder, CJPEG_TIMED_OUT);
}

/* Runs under setjmp. */
static void begin(struct cjpeg *decoder) {
    decoder->library.err = jpeg_std_error(&decoder->errors);
    decoder->errors.error_exit = error_exit;
    decoder->errors.emit_message = emit_message;
    decoder->library.client_data = decoder;
    jpeg_create_decompress(&decoder->library);
    decoder->progress.progress_monitor = monitor;
    decoder->library.progress = &decoder->progress;
}

struct cjpeg *cjpeg_create(void) {
    struct cjpeg *decoder = calloc(1, sizeof *decoder);
    if (decoder == NULL) return NULL;
    if (setjmp(decoder->escape)) {
        free(decoder);
        return NULL;
    }
    begin(decoder);
    return decoder;
}

void cjpeg_destroy(struct cjpeg *decoder) {
    jpeg_destroy_decompress(&decoder->library);
    free(decoder);
}

int cjpeg_read_header(struct cjpeg *decoder, const uint8_t *bytes, size_t count, struct cjpeg_limits limits,
                      struct cjpeg_header *header) {
    struct jpeg_decompress_struct *library = &decoder->library;
    decoder->limits = limits;
    decoder->deadline = now() + limits.nanoseconds;
    decoder->status = CJPEG_OK;
    decoder->calls = 0;
    decoder->message[0] = decoder->warning[0] = 0;
    if (setjmp(decoder->escape)) return decoder->status;
    /* jpeg_abort would leave the tables of the image before to one that lacks them. */
    jpeg_destroy_decompress(library);
    begin(decoder);
    library->mem->max_memory_to_use = limits.memory_bytes;
    jpeg_mem_src(library, bytes, count);
    jpeg_read_header(library, TRUE);

    int components = library->num_components;
    *header = (struct cjpeg_header){
        .width = (int32_t)library->image_width,
        .height = (int32_t)library->image_height,
        .components = components,
        .is_cmyk = library->jpeg_color_space == JCS_CMYK || library->jpeg_color_space == JCS_YCCK,
        .has_one_scan = !jpeg_has_multiple_scans(library),
    };
    for (int c = 0; c < components && c < CJPEG_COMPONENTS; c++) {
        header->horizontal[c] = library->comp_info[c].h_samp_factor;
        header->vertical[c] = library->comp_info[c].v_samp_factor;
    }
    library->out_color_space = header->is_cmyk ? JCS_CMYK : JCS_EXT_RGBX;
    return CJPEG_OK;
}

static void read_row(struct jpeg_decompress_struct *library, uint8_t *row) {
    JSAMPROW rows[] = {row};
    jpeg_read_scanlines(library, rows, 1);
}

int cjpeg_read_region(struct cjpeg *decoder, const struct cjpeg_region *region, uint8_t *pixels, uint8_t *scratch) {
    struct jpeg_decompress_struct *library = &decoder->library;
    if (setjmp(decoder->escape)) {
        jpeg_abort_decompress(library);
        return decoder->status;
    }
    library->scale_num = 1;
    library->scale_denom = (unsigned)region->denominator;
    jpeg_start_decompress(library);
    /* The region was planned for this size; what the library would write for another must not reach the memory. */
    if ((int32_t)library->output_width != region->width || (int32_t)library->output_height != region->height)
        leave_with(decoder, "the scaled image has another size than planned");
    JDIMENSION first = 0, columns = library->output_width;
    if (region->columns > 0) {
        first = (JDIMENSION)region->first_column;
        columns = (JDIMENSION)region->columns;
        jpeg_crop_scanline(library, &first, &columns);
    }
    if (region->skipped_rows > 0) jpeg_skip_scanlines(library, (JDIMENSION)region->skipped_rows);
    /* The library writes past the caches to rows that begin at a multiple of 16 bytes, and we read them at once. */
    uint8_t *line = scratch + (20 - (uintptr_t)scratch % 16) % 16;
    for (int32_t row = 0; row < region->discarded_rows; row++) read_row(library, line);
    size_t offset = 4 * ((size_t)region->kept_column - first), length = 4 * (size_t)region->kept_columns;
    for (int32_t row = 0; row < region->kept_rows; row++) {
        read_row(library, line);
        memcpy(pixels + (size_t)row * length, line + offset, length);
    }
    if (region->finish) jpeg_finish_decompress(library);
    jpeg_abort_decompress(library);
    return CJPEG_OK;
}

const char *cjpeg_message(const struct cjpeg *decoder) { return decoder->message; }

const char *cjpeg_warning(const struct cjpeg *decoder) {
    return decoder->errors.num_warnings > 0 ? decoder->warning : NULL;
}
