#include "bench/run/describe_background.h"

#include <fmt/format.h>

#include <string>

namespace sockmark {

namespace {

report::BackgroundStream describe_stream(const EndResult& receiver) {
  report::BackgroundStream stream{
      .sent = receiver.loss.sent,
      .received = receiver.loss.received,
      .goodput_bytes_per_s = static_cast<double>(receiver.goodput_bytes) * 1e9 /
                             static_cast<double>(receiver.measured_ns),
      .messages = {}};
  for (const auto& point : receiver.series) stream.messages.push_back(point.messages);
  return stream;
}

}  // namespace

report::Background describe_background(const CaseSpec& spec, const GeneratorResult& generator,
                                       const ResponderResult& responder) {
  using Stream = Maybe<report::BackgroundStream>;
  constexpr const char* kOtherDirection = "other_direction";
  return {.transport = spec.transport,
          .connections = spec.connections,
          .direction = std::string(name_of(spec.direction)),
          .size_bytes = spec.size,
          .generator_cpu_ns = generator.resources.cpu_ns,
          .responder_cpu_ns = responder.resources.cpu_ns,
          .forward = spec.generator_sends() ? Stream(describe_stream(responder))
                                            : Stream::none(kOtherDirection),
          .reverse = spec.responder_sends() ? Stream(describe_stream(generator))
                                            : Stream::none(kOtherDirection)};
}

void add_background(const report::Background& background, report::Run& run) {
  const auto require = [&](const Maybe<report::BackgroundStream>& stream, const char* direction) {
    if (!stream || stream->goodput_bytes_per_s > 0) return;
    run.valid = false;
    run.invalid_reasons.push_back(
        fmt::format("nothing arrived of the {} stream in the background", direction));
  };
  require(background.forward, "forward");
  require(background.reverse, "reverse");
  run.background = background;
}

}  // namespace sockmark
