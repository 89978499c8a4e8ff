#include "products.h"

static void nothing(void) {}

enum { row = 32, block_size = 32 * 32 };

static void add_plain(size_t rows, const cvk_bf16_block *block) {
    for (size_t r = 0; r < rows; r++) {
        float sums[32];
        for (size_t o = 0; o < 32; o++) sums[o] = block->add ? block->sums[r * row + o] : 0;
        for (size_t p = 0; p < block->groups * 32; p++) {
            float a = cvk_f32_from_bf16(block->a[p / 32 * block_size + r * row + p % 32]);
            const cvk_bf16 *b = block->b + p / 2 * 64 + p % 2;
            for (size_t o = 0; o < 32; o++) sums[o] += a * cvk_f32_from_bf16(b[2 * o]);
        }
        for (size_t o = 0; o < 32; o++) block->sums[r * row + o] = sums[o];
    }
}

static const cvk_bf16_kernel plain = {nothing, nothing, add_plain};

#if defined(__x86_64__) && defined(__linux__)

#include <immintrin.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AVX512 __attribute__((target("arch=x86-64-v4,avx512bf16"), min_vector_width(512)))
#define AMX __attribute__((target("amx-tile,amx-bf16")))
#define UNROLL _Pragma("clang loop unroll(full)")

/* Eight rows at a time, whose sums stay in registers. */
AVX512 static void add_avx512(size_t rows, const cvk_bf16_block *block) {
    for (size_t first = 0; first < rows; first += 8) {
        __m512 s[8][2];
        float *sums = block->sums + first * row;
        const cvk_bf16 *b = block->b;
        UNROLL for (int r = 0; r < 8; r++) {
            s[r][0] = block->add ? _mm512_load_ps(sums + r * row) : _mm512_setzero_ps();
            s[r][1] = block->add ? _mm512_load_ps(sums + r * row + 16) : _mm512_setzero_ps();
        }
        for (size_t g = 0; g < block->groups; g++) {
            const cvk_bf16 *a = block->a + g * block_size + first * row;
            for (int pair = 0; pair < 16; pair++, a += 2, b += 64) {
                __m512bh low = (__m512bh)_mm512_load_si512(b), high = (__m512bh)_mm512_load_si512(b + 32);
                UNROLL for (int r = 0; r < 8; r++) {
                    int both;
                    memcpy(&both, a + r * row, sizeof both);
                    s[r][0] = _mm512_dpbf16_ps(s[r][0], (__m512bh)_mm512_set1_epi32(both), low);
                    s[r][1] = _mm512_dpbf16_ps(s[r][1], (__m512bh)_mm512_set1_epi32(both), high);
                }
            }
        }
        UNROLL for (int r = 0; r < 8; r++) {
            _mm512_store_ps(sums + r * row, s[r][0]);
            _mm512_store_ps(sums + r * row + 16, s[r][1]);
        }
    }
}

/* All eight tiles have 16 rows of 64 bytes: 0 to 3 hold sums, 4 and 5 positions of a, 6 and 7 outputs of b. */
AMX static void begin_amx(void) {
    struct {
        uint8_t palette, start_row, reserved[14];
        uint16_t row_bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int i = 0; i < 8; i++) shape.row_bytes[i] = 64, shape.rows[i] = 16;
    _tile_loadconfig(&shape);
}

AMX static void end_amx(void) { _tile_release(); }

/* Bytes from one row of a tile to the next. */
enum { a_step = 64, b_step = 128, sums_step = 128 };

AMX static void add_amx_16(const cvk_bf16_block *block) {
    const cvk_bf16 *a = block->a, *b = block->b;
    float *sums = block->sums;
    if (block->add) {
        _tile_loadd(0, sums, sums_step);
        _tile_loadd(1, sums + 16, sums_step);
    } else {
        _tile_zero(0);
        _tile_zero(1);
    }
    for (size_t g = 0; g < block->groups; g++, a += block_size, b += block_size) {
        _tile_loadd(4, a, a_step);
        _tile_loadd(6, b, b_step);
        _tile_loadd(7, b + 32, b_step);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
    }
    _tile_stored(0, sums, sums_step);
    _tile_stored(1, sums + 16, sums_step);
}

AMX static void add_amx_32(const cvk_bf16_block *block) {
    const cvk_bf16 *a = block->a, *b = block->b;
    float *sums = block->sums, *low = sums + 16 * row;
    if (block->add) {
        _tile_loadd(0, sums, sums_step);
        _tile_loadd(1, sums + 16, sums_step);
        _tile_loadd(2, low, sums_step);
        _tile_loadd(3, low + 16, sums_step);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (size_t g = 0; g < block->groups; g++, a += block_size, b += block_size) {
        _tile_loadd(4, a, a_step);
        _tile_loadd(6, b, b_step);
        _tile_loadd(7, b + 32, b_step);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(5, a + 16 * row, a_step);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, sums, sums_step);
    _tile_stored(1, sums + 16, sums_step);
    _tile_stored(2, low, sums_step);
    _tile_stored(3, low + 16, sums_step);
}

static void add_amx(size_t rows, const cvk_bf16_block *block) {
    if (rows == 32) add_amx_32(block);
    else add_amx_16(block);
}

static const cvk_bf16_kernel avx512 = {nothing, nothing, add_avx512}, amx = {begin_amx, end_amx, add_amx};

/* Linux gives AMX's registers to processes that ask for them: Documentation/arch/x86/xstate.rst. */
static bool may_use_tiles(void) {
    enum { request_permission = 0x1023, tile_data = 18 };
    return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

bool cvk_can_multiply(enum cvk_bf16_products products) {
    switch (products) {
        case CVK_AMX_PRODUCTS: return __builtin_cpu_supports("amx-bf16") && may_use_tiles();
        case CVK_AVX512_PRODUCTS: return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("x86-64-v4");
        case CVK_PLAIN_PRODUCTS: return true;
    }
    return false;
}

const cvk_bf16_kernel *cvk_bf16_kernel_for(enum cvk_bf16_products products) {
    switch (products) {
        case CVK_AMX_PRODUCTS: return &amx;
        case CVK_AVX512_PRODUCTS: return &avx512;
        case CVK_PLAIN_PRODUCTS: break;
    }
    return &plain;
}

#else

bool cvk_can_multiply(enum cvk_bf16_products products) { return products == CVK_PLAIN_PRODUCTS; }

const cvk_bf16_kernel *cvk_bf16_kernel_for(enum cvk_bf16_products products) { return &plain; }

#endif
