// Probabilities and quantiles of the distributions that the tests use. The only file that includes
// Boost.Math is distributions.cc, because its headers take seconds to compile. Pure functions, any
// thread. Must: freedom > 0, 0 < p < 1.

#pragma once

namespace sockmark::report {

// Student's t: P(T <= t), P(T > t), and the t with P(T <= t) = p.
[[nodiscard]] double student_t_below(double t, double freedom);
[[nodiscard]] double student_t_above(double t, double freedom);
[[nodiscard]] double student_t_quantile(double p, double freedom);

// P(|T| > t) of a noncentral t; t >= 0. A value that Boost cannot make more precise is returned as
// it is.
[[nodiscard]] double noncentral_t_beyond(double t, double freedom, double noncentrality);

// P(X <= x); x >= 0.
[[nodiscard]] double chi_squared_below(double x, double freedom);

// The x at which the regularised incomplete beta function of a and b is p; a > 0, b > 0.
[[nodiscard]] double beta_quantile(double p, double a, double b);

}  // namespace sockmark::report
