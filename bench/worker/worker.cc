#include "bench/worker/worker.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "base/temporary_directory.h"
#include "bench/worker/assignment.h"
#include "bench/worker/floor.h"
#include "bench/worker/generator_role.h"
#include "bench/worker/responder_role.h"
#include "bench/worker/run_window.h"

namespace sockmark {

namespace {

Result<> find_floor(ControlChannel& control, std::string& directory) {
  const auto assignment = TRY(receive_assignment(control, kFloorRole, directory));
  if (const char* reason = why_no_floor(assignment.spec))
    return Error{fmt::format("floor: {}", reason)};
  auto floor =
      TRY(measure_floor(assignment.spec, assignment.channel, assignment.addresses.front()));
  return send_message(control, FloorMessage{.floor = std::move(floor)});
}

bool run_role(ControlChannel& control, std::string directory,
              const std::function<Result<>(ControlChannel&, std::string&)>& role) {
  const auto done = role(control, directory);
  // If the runner is gone, this fails too; otherwise the runner waits for exactly this message.
  if (!done && !send_message(control, FailedMessage{.message = done.error().message}))
    exit_at_once(directory);
  // The runner closes the channel once it has everything. Until then the directory is its own; it
  // may also have been killed. A stop may arrive too late.
  while (control.receive(now() + kControlTimeout)) {
  }
  remove_directory(directory);
  return static_cast<bool>(done);
}

}  // namespace

bool run_generator(ControlChannel& control) { return run_role(control, {}, generate); }
bool run_responder(ControlChannel& control, std::string directory, const RunLimits* limits) {
  return run_role(control, std::move(directory),
                  [limits](ControlChannel& channel, std::string& where) {
                    return respond(channel, where, limits);
                  });
}
bool run_floor(ControlChannel& control) { return run_role(control, {}, find_floor); }

}  // namespace sockmark
