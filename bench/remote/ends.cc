#include "bench/remote/ends.h"

#include "base/parse.h"

namespace sockmark {

std::vector<std::pair<std::string, std::string>> texts_of(const EndsOptions& options) {
  const EndsOptions defaults;
  std::vector<std::pair<std::string, std::string>> texts;
  const auto add = [&](const char* name, const std::string& text, const std::string& usual) {
    if (text != usual) texts.emplace_back(name, text);
  };
  add("responder-via", options.responder_via, defaults.responder_via);
  if (options.generators_via != defaults.generators_via) {
    for (const auto& via : options.generators_via) texts.emplace_back("generator-via", via);
  }
  add("worker-program", options.worker_program, defaults.worker_program);
  add("listen", options.listen, defaults.listen);
  add("reach-at", options.reach_at, defaults.reach_at);
  if (options.launch_timeout != defaults.launch_timeout)
    texts.emplace_back("launch-timeout", text_of_time(options.launch_timeout));
  return texts;
}

std::vector<RemoteEnd*> Ends::elsewhere() const {
  std::vector<RemoteEnd*> found;
  if (responder) found.push_back(responder.get());
  for (const auto& generator : generators) {
    if (generator) found.push_back(generator.get());
  }
  return found;
}

Result<Ends> launch_ends(const EndsOptions& options, std::shared_ptr<const PushedProgram> pushed,
                         const std::function<void(const std::string&)>& show) {
  Ends ends{.options = options, .responder = {}, .generators = {}, .background = {}};
  const auto launch =
      [&](const char* role, std::uint64_t number, const std::string& command,
          const std::vector<std::string>& arguments) -> Result<std::unique_ptr<RemoteEnd>> {
    if (command.empty()) return std::unique_ptr<RemoteEnd>();
    return RemoteEnd::launch({.role = role,
                              .number = number,
                              .command = command,
                              .program = options.worker_program,
                              .pushed = pushed,
                              .arguments = arguments,
                              .timeout = options.launch_timeout},
                             show);
  };
  ends.responder = TRY(launch("responder", 0, options.responder_via, options.responder_arguments));
  const bool several = options.generators_via.size() > 1;
  for (const auto& via : options.generators_via) {
    const std::uint64_t number = several ? ends.generators.size() + 1 : 0;
    ends.generators.push_back(TRY(launch("generator", number, via, {})));
  }
  return ends;
}

}  // namespace sockmark
