// The bodies of control messages, which come from another host (bench/run/control_messages.h). The
// first byte of an input chooses the message, the rest is its body.

#include "bench/run/control_messages.h"

#include "tests/fuzz/fuzz.h"

namespace sockmark::fuzz {
namespace {

template <class M>
void check(std::string_view body) {
  const auto message = as_message<M>({.type = M::kType, .body = std::string(body)});
  if (!message) return require_one_line(message.error().message);
  const std::string written = body_of(*message);
  const auto again = as_message<M>({.type = M::kType, .body = written});
  require(again && body_of(*again) == written,
          "a message that was read can be written and read again");
}

// A failure in place of the expected message.
void check_failure(std::string_view body) {
  const auto answer =
      as_message<ReadyMessage>({.type = ControlType::failed, .body = std::string(body)});
  require(!answer, "a failure is an error");
  if (!answer.error().message.empty()) require_one_line(answer.error().message);
}

}  // namespace
}  // namespace sockmark::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  constexpr void (*kChecks[])(std::string_view) = {
      check<HelloMessage>,  check<PrepareMessage>,         check<ListeningMessage>,
      check<ReadyMessage>,  check<StartMessage>,           check<StartedMessage>,
      check<FinishMessage>, check<GeneratorResultMessage>, check<FailedMessage>,
      check_failure,        check<FloorMessage>,           check<ResponderResultMessage>};
  Input input(data, size);
  const std::size_t choice = input.byte();
  kChecks[choice % std::size(kChecks)](input.text());
  return 0;
}
