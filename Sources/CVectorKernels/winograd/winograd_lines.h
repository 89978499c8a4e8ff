/* The transforms of one line, for winograd_loops.h. F(4, 3) evaluates polynomials at 0, a, -a, b, -b and infinity (Toom and
   Cook; any distinct points will do). Those of Lavin & Gray are a = 1 and b = 2. With a = 5/8 and b = 3/2 the error of a
   convolution is 2.2 times smaller, near the least that any pair gives, and B and A have no rounded elements.

   G is divided by what the sums of the interpolation call for, so that B and A need no divisions. */

#define A_POINT 0.625f
#define A_SQUARE (A_POINT * A_POINT)
#define B_POINT 1.5f
#define B_SQUARE (B_POINT * B_POINT)

/* v = B^T d */
INLINE void NAME(input_line)(const vector d[6], vector v[6]) {
    vector even_a = d[4] - B_SQUARE * d[2], odd_a = d[3] - B_SQUARE * d[1];
    vector even_b = d[4] - A_SQUARE * d[2], odd_b = d[3] - A_SQUARE * d[1];
    v[0] = A_SQUARE * B_SQUARE * d[0] + (d[4] - (A_SQUARE + B_SQUARE) * d[2]);
    v[1] = even_a + A_POINT * odd_a;
    v[2] = even_a - A_POINT * odd_a;
    v[3] = even_b + B_POINT * odd_b;
    v[4] = even_b - B_POINT * odd_b;
    v[5] = A_SQUARE * B_SQUARE * d[1] + (d[5] - (A_SQUARE + B_SQUARE) * d[3]);
}

/* u = G g */
INLINE void NAME(weight_line)(const vector g[3], vector u[6]) {
    const float at_zero = 1 / (A_SQUARE * B_SQUARE);
    const float at_a = 1 / (2 * A_SQUARE * (A_SQUARE - B_SQUARE)), at_b = 1 / (2 * B_SQUARE * (B_SQUARE - A_SQUARE));
    vector even_a = at_a * (g[0] + A_SQUARE * g[2]), odd_a = at_a * A_POINT * g[1];
    vector even_b = at_b * (g[0] + B_SQUARE * g[2]), odd_b = at_b * B_POINT * g[1];
    u[0] = at_zero * g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
}

/* y = A^T m */
INLINE void NAME(output_line)(const vector m[6], vector y[4]) {
    vector even_a = m[1] + m[2], odd_a = A_POINT * (m[1] - m[2]);
    vector even_b = m[3] + m[4], odd_b = B_POINT * (m[3] - m[4]);
    y[0] = m[0] + even_a + even_b;
    y[1] = odd_a + odd_b;
    y[2] = A_SQUARE * even_a + B_SQUARE * even_b;
    y[3] = A_SQUARE * odd_a + (B_SQUARE * odd_b + m[5]);
}

#undef A_POINT
#undef A_SQUARE
#undef B_POINT
#undef B_SQUARE
