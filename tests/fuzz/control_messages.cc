// The bodies of control messages, which come from another host (bench/worker/control_messages.h).
// The first byte of an input chooses the message, the rest is its body.

#include "bench/worker/control_messages.h"

#include <algorithm>

#include "bench/remote/agent_messages.h"
#include "bench/run/generator_results.h"
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

// What a generator recorded is added to what the others did.
void check_record(std::string_view body) {
  check<GeneratorResultMessage>(body);
  const auto message =
      as_message<GeneratorResultMessage>({.type = ControlType::result, .body = std::string(body)});
  if (!message) return;
  const GeneratorRecord& record = message->end;
  CaseSpec spec;
  spec.transport = "udp";
  spec.connections = std::max<std::uint64_t>(record.sent.size(), 1);
  spec.duration = Nanoseconds(std::max<std::int64_t>(record.recording.window_ns, 1000));
  const GeneratorRecord* records[] = {&record, &record};
  const auto described = describe_generators(spec, records);
  if (!described) require_one_line(described.error().message);
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
      check<HelloMessage>,  check<PrepareMessage>, check<ListeningMessage>,
      check<ReadyMessage>,  check<StartMessage>,   check<StartedMessage>,
      check<FinishMessage>, check_record,          check<FailedMessage>,
      check_failure,        check<FloorMessage>,   check<ResponderResultMessage>,
      check<HostMessage>,   check<SpawnMessage>,   check<EndedMessage>};
  Input input(data, size);
  const std::size_t choice = input.byte();
  kChecks[choice % std::size(kChecks)](input.text());
  return 0;
}
