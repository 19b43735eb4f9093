#include "bench/protocol/messages.h"

#include <fmt/format.h>

namespace sockmark {

namespace {

// What every greeting has, of any version.
struct AnyHello {
  static constexpr ControlType kType = ControlType::hello;
  ProtocolVersions protocol;
  Maybe<std::string> version = {}, host = {};
};
void fields(auto& visit, report::Of<AnyHello> auto& message) {
  visit("protocol", message.protocol);
  visit("version", message.version);
  visit("host", message.host);
}

std::string describe(const ProtocolVersions& versions) {
  return versions.min == versions.max
             ? fmt::format("version {}", versions.min)
             : fmt::format("versions {} to {}", versions.min, versions.max);
}

}  // namespace

Result<HelloMessage> read_hello(const ControlFrame& frame) {
  const auto any = TRY(as_message<AnyHello>(frame));
  if (any.protocol.min > kControlProtocol.max || any.protocol.max < kControlProtocol.min) {
    const std::string program =
        any.version ? "sockmark " + report::printable(*any.version, 40) : "another sockmark";
    return Error{fmt::format(
        "{} speaks {} of the control protocol, this program {}: install one that fits, or "
        "--worker-program push",
        program, describe(any.protocol), describe(kControlProtocol))};
  }
  return as_message<HelloMessage>(frame);
}

}  // namespace sockmark
