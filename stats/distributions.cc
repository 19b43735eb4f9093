#include "stats/distributions.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>

namespace sockmark::report {

namespace {

// What Boost cannot make more precise is precise enough for a probability.
using Lenient = boost::math::policies::policy<
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>>;

}  // namespace

double student_t_below(double t, double freedom) {
  return boost::math::cdf(boost::math::students_t(freedom), t);
}

double student_t_above(double t, double freedom) {
  return boost::math::cdf(boost::math::complement(boost::math::students_t(freedom), t));
}

double student_t_quantile(double p, double freedom) {
  return boost::math::quantile(boost::math::students_t(freedom), p);
}

double noncentral_t_beyond(double t, double freedom, double noncentrality) {
  const boost::math::non_central_t_distribution<double, Lenient> distribution(freedom,
                                                                              noncentrality);
  return std::min(1.0, boost::math::cdf(distribution, -t) +
                           boost::math::cdf(boost::math::complement(distribution, t)));
}

double chi_squared_below(double x, double freedom) {
  return boost::math::cdf(boost::math::chi_squared(freedom), x);
}

double beta_quantile(double p, double a, double b) { return boost::math::ibeta_inv(a, b, p); }

}  // namespace sockmark::report
