#ifndef CVK_UPDATE_H
#define CVK_UPDATE_H

#include <stdbool.h>
#include <stddef.h>

/* One step of stochastic gradient descent with momentum, in one pass over memory. For i in 0..<count:

       g = gradient[i] * gradient_scale + weight_decay * parameter[i]
       velocity[i] = momentum * velocity[i] + g
       parameter[i] -= rate * (nesterov ? g + momentum * velocity[i] : velocity[i])

   Every product and sum is rounded to f32 by itself, so that every clone gives the same bits: the ranks of a cluster
   of unlike machines stay equal. A weight_decay of 0 leaves the parameter out of g. Where all three are 0 they stay 0.
   The arrays must not overlap. */
void cvk_sgd_update(float *parameter, const float *gradient, float *velocity, size_t count, float rate,
                    float gradient_scale, float momentum, float weight_decay, bool nesterov);

/* One step of an exponential moving average: average[i] += share * (value[i] - average[i]), every operation rounded to
   f32 by itself. The arrays must not overlap. */
void cvk_average_update(float *average, const float *value, size_t count, float share);

/* The index of the first element that is an infinity or a NaN, or count when there is none. Tests bits, so that no
   floating-point option can optimise it away. */
size_t cvk_first_non_finite(const float *elements, size_t count);

#endif
