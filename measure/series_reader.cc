#include "measure/series_reader.h"

#include <algorithm>

namespace sockmark {

std::optional<IntervalFigures> SeriesReader::read(std::span<const Series* const> all) {
  std::size_t finished = all.empty() || all.front() == nullptr ? 0 : all.front()->finished();
  for (const Series* series : all)
    finished = series == nullptr ? 0 : std::min(finished, series->finished());
  if (finished <= read_) return std::nullopt;
  IntervalFigures figures{.from = all.front()->offset_of(read_),
                          .until = all.front()->offset_of(finished),
                          .messages = 0,
                          .p50_ns = {}};
  latency_.reset();
  for (const Series* series : all) {
    for (std::size_t part = read_; part < finished; ++part) {
      figures.messages += series->messages_of(part);
      latency_.add(series->latency_of(part));
    }
  }
  figures.p50_ns = latency_.percentile(kP50);
  read_ = finished;
  return figures;
}

}  // namespace sockmark
