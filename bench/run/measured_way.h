// The ways on which the messages of a run are measured: its stream, both of its streams, or the
// round trips of the generator. Everything that a report says of messages, it says of a way.
//
// Pure functions, any thread.

#pragma once

#include <string>
#include <vector>

#include "bench/plan/plan.h"
#include "bench/run/generator_results.h"
#include "bench/worker/end_result.h"

namespace sockmark {

// Refers to the results of the ends. `receiver` is the end at which a message arrives last.
struct MeasuredWay {
  bool reverse = false;  // the responder sends
  std::string label;     // before what is said of it: "reverse: " in a run with two, else empty
  const EndResult* sender;
  const EndResult* receiver;
  const SentByEnd* sent;
};

// The first is the one of the run's own sections. Must: the results outlive the ways.
[[nodiscard]] inline std::vector<MeasuredWay> ways_of(const CaseSpec& spec,
                                                      const GeneratorResult& generator,
                                                      const ResponderResult& responder) {
  static const SentByEnd kNothing;
  if (spec.workload != Workload::stream)
    return {{.label = {}, .sender = &generator, .receiver = &generator, .sent = &generator.sent}};
  std::vector<MeasuredWay> ways;
  const bool both = spec.direction == StreamDirection::both;
  if (spec.generator_sends())
    ways.push_back({.label = both ? "forward: " : "",
                    .sender = &generator,
                    .receiver = &responder,
                    .sent = &generator.sent});
  if (spec.responder_sends())
    ways.push_back({.reverse = true,
                    .label = both ? "reverse: " : "",
                    .sender = &responder,
                    .receiver = &generator,
                    .sent = responder.sent ? &*responder.sent : &kNothing});
  return ways;
}

}  // namespace sockmark
