#ifndef CVK_RESPONSE_NORM_H
#define CVK_RESPONSE_NORM_H

#include <stddef.h>

/* Local response normalisation over neighbouring channels, on `pixels` x `channels` floats: with the window of `size`
   channels from c - size / 2 to c + (size - 1) / 2, as PyTorch places it, channels outside the image counting as zero,

       w[c] = k + alpha / size * sum of x^2 over the window of c,    y[c] = x[c] * w[c]^-beta

   (Krizhevsky et al. 2012). Powers of 3/4 are two square roots, others powf. oneDNN's is fast for C divisible by 16 and a
   size of 5, and reads another window where the size is even. */
typedef struct {
    size_t channels, size;
    float alpha, beta, k;
} cvk_response_norm;

/* Floats of scratch that the calls below need. */
size_t cvk_response_norm_scratch(const cvk_response_norm *norm);

/* y may be x. */
void cvk_response_norm_forward(const cvk_response_norm *norm, const float *x, float *y, size_t pixels, float *scratch);

/* dx[c] = dy[c] w[c]^-beta - 2 alpha beta / size * x[c] * sum of dy[j] x[j] w[j]^(-beta - 1) over the j whose windows
   hold c. dx may be dy. */
void cvk_response_norm_gradient(const cvk_response_norm *norm, const float *x, const float *dy, float *dx, size_t pixels,
                                float *scratch);

#endif
