/* Included by one file for each instruction set, with CVK_CLONE defined: every kernel, for both element types. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "clones.h"

/* Products and sums within one expression are fused where the instruction set can: in the same expressions always, so
   that what is computed twice comes out the same, on AVX2 and AVX-512 alike. */
#pragma STDC FP_CONTRACT ON

#include "vectors.h"
#include "stripes.h"
#include "random_words.h"

#define JOINED(a, b) a##_##b
#define JOIN(a, b) JOINED(a, b)
#define NAME(kernel) JOIN(kernel, ELEMENT_NAME)

#define ELEMENT float
#define ELEMENT_NAME f32
#define TO_F32(element) (element)
#define FROM_F32(value) (value)
#define BITS int32_t
#define MAGNITUDE INT32_MAX
#define MINUS_INFINITY ((int32_t)0xff800000)
#include "stripe_access.h"
#include "stripe_constants.h"
#include "moments_kernel.h"
#include "normalise_kernel.h"
#include "gradient_sums_kernel.h"
#include "input_gradient_kernel.h"
#include "elementwise_kernels.h"
#include "activation_kernels.h"
#include "product_kernels.h"
#include "dropout_kernel.h"
#include "maximum_windows_kernel.h"
#include "weighted_windows_kernel.h"
#undef ELEMENT
#undef ELEMENT_NAME
#undef TO_F32
#undef FROM_F32
#undef BITS
#undef MAGNITUDE
#undef MINUS_INFINITY

#define ELEMENT cvk_bf16
#define ELEMENT_NAME bf16
#define TO_F32(element) cvk_f32_from_bf16(element)
#define FROM_F32(value) cvk_bf16_from_f32(value)
#define BITS int16_t
#define MAGNITUDE INT16_MAX
#define MINUS_INFINITY ((int16_t)0xff80)
#include "stripe_access.h"
#include "stripe_constants.h"
#include "moments_kernel.h"
#include "normalise_kernel.h"
#include "gradient_sums_kernel.h"
#include "input_gradient_kernel.h"
#include "elementwise_kernels.h"
#include "activation_kernels.h"
#include "product_kernels.h"
#include "dropout_kernel.h"
#include "maximum_windows_kernel.h"
#include "weighted_windows_kernel.h"

#include "conversion_kernels.h"

const struct cvk_kernels JOIN(cvk_kernels, CVK_CLONE) = {
    .batch_norm_f32 = {moments_f32, normalise_f32, gradient_sums_f32, input_gradient_f32},
    .batch_norm_bf16 = {moments_bf16, normalise_bf16, gradient_sums_bf16, input_gradient_bf16},
    .elementwise_f32 = {relu_f32, relu_gradient_f32, sum_f32},
    .elementwise_bf16 = {relu_bf16, relu_gradient_bf16, sum_bf16},
    .activation_f32 = {clipped_line_f32, clipped_line_gradient_f32},
    .activation_bf16 = {clipped_line_bf16, clipped_line_gradient_bf16},
    .products_f32 = {scale_f32, multiply_f32, scale_channels_f32, sum_channels_f32},
    .products_bf16 = {scale_bf16, multiply_bf16, scale_channels_bf16, sum_channels_bf16},
    .dropout_f32 = {drop_f32},
    .dropout_bf16 = {drop_bf16},
    .maximum_windows_f32 = {maxima_f32, maxima_gradient_f32},
    .maximum_windows_bf16 = {maxima_bf16, maxima_gradient_bf16},
    .weighted_windows_f32 = {weigh_f32},
    .weighted_windows_bf16 = {weigh_bf16},
    .conversions = {widen, narrow},
};
