#include "bench/remote/push.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/printable.h"
#include "bench/protocol/control.h"
#include "reports/json/load_json.h"

namespace sockmark {

namespace {

constexpr std::size_t kProgramBytesMax = std::size_t{256} << 20;
constexpr std::string_view kMarker = "SMKGO ", kTerminal = "terminal";

// {} is the size of the program. The marker is written in two parts, so that a terminal that echoes
// the line does not print it. Signals are ignored, as by the worker: they may be sent to the whole
// process group, and the end of standard input ends the shell. An empty file is a script of no
// commands, and tries whether files may be executed. A program that is cut short is not executed.
constexpr std::string_view kScript =
    "umask 077; trap '' HUP INT TERM; "
    "if [ -t 0 ]; then printf 'SMK''GO %s\\n' terminal; exit 1; fi; "
    "m=$(uname -m) || exit 1; w=; "
    "for p in \"$XDG_RUNTIME_DIR\" /dev/shm /tmp /var/tmp; do "
    "d=; [ -d \"$p\" ] || continue; d=$p/sockmark-push-$$; f=$d/sockmark; "
    "e=$({{ mkdir \"$d\" && {{ : >\"$f\" && chmod 700 \"$f\" && \"$f\" || "
    "{{ rm -rf \"$d\"; false; }}; }}; }} 2>&1) && break; "
    "d=; w=\"$w${{w:+, }}$p (${{e##*: }})\"; done; "
    "[ \"$d\" ] || {{ echo \"no directory there in which a file may be executed: "
    "${{w:-none of /dev/shm, /tmp, /var/tmp}}\" >&2; exit 1; }}; "
    "exec 9<\"$f\"; "
    "{{ rm -rf \"$d\"; printf 'SMK''GO %s\\n' \"$m\"; head -c {0} >&8; }} 8>\"$f\"; "
    "s=$(wc -c <&9) || exit 1; "
    "[ $((s)) -eq {0} ] || {{ echo \"$((s)) of {0} bytes have arrived\" >&2; exit 1; }}; "
    "exec /proc/self/fd/9 worker --stdio\n";

template <class T>
std::optional<T> object_at(std::string_view bytes, std::size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return {};
  T object;
  std::memcpy(&object, bytes.data() + offset, sizeof object);
  return object;
}

using Header = ElfW(Ehdr);
using Segment = ElfW(Phdr);

}  // namespace

bool is_static_program(std::string_view program, std::string_view own) {
  const auto header = object_at<Header>(program, 0), ours = object_at<Header>(own, 0);
  if (!header || !ours || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      std::memcmp(header->e_ident, ours->e_ident, EI_VERSION) != 0 ||
      header->e_machine != ours->e_machine || header->e_phentsize != sizeof(Segment) ||
      header->e_entry == 0)  // as of a shared library
    return false;
  for (std::size_t i = 0; i < header->e_phnum; ++i) {
    const auto segment = object_at<Segment>(program, header->e_phoff + i * sizeof(Segment));
    if (!segment || segment->p_type == PT_INTERP) return false;
  }
  return true;
}

Result<PushedProgram> find_pushed_program(const std::string& own_path) {
  utsname system{};
  ::uname(&system);
  auto own = TRY(report::load_text_file("/proc/self/exe", kProgramBytesMax));
  if (is_static_program(own, own))
    return PushedProgram{.bytes = std::move(own), .machine = system.machine};
  const std::string beside = own_path.substr(0, own_path.rfind('/') + 1) + "sockmark-static";
  const auto build = fmt::format(
      "build it with cmake --preset static && cmake --build --preset static, and copy "
      "build-static/sockmark to {}",
      report::printable(beside));
  if (::access(beside.c_str(), F_OK) != 0)
    return Error{"this program is not static, and there is no static one beside it: " + build};
  auto program = TRY(report::load_text_file(beside, kProgramBytesMax));
  if (!is_static_program(program, own))
    return Error{report::printable(beside) + " is no static program for this machine: " + build};
  return PushedProgram{.bytes = std::move(program), .machine = system.machine};
}

ProgramTransfer::ProgramTransfer(const PushedProgram& program)
    : program_(program),
      script_(fmt::format(fmt::runtime(kScript), program.bytes.size())),
      unsent_(script_) {}

Result<> ProgramTransfer::received(std::string_view bytes) {
  if (asked_) return {};
  output_ += bytes;
  const auto marker = output_.find(kMarker);
  if (marker == std::string::npos) {
    if (output_.size() > kControlNoiseLimit) return Error{"no answer of sh in its output"};
    return {};
  }
  const auto begin = marker + kMarker.size(), end = output_.find_first_of("\r\n", begin);
  if (end == std::string::npos) return {};
  asked_ = true;
  const std::string machine = output_.substr(begin, end - begin);
  if (machine == kTerminal) return Error{"the far side is given a terminal (leave out -t)"};
  if (machine != program_.machine)
    return Error{
        fmt::format("its machine is {}, and the program to push is for {}: install sockmark there "
                    "(--worker-program PATH)",
                    report::printable(machine, 64), program_.machine)};
  unsent_ = program_.bytes;
  return {};
}

std::string ProgramTransfer::progress() const {
  if (!asked_) return "no answer of sh";
  const std::size_t size = program_.bytes.size();
  return fmt::format("sent {} of {} bytes of the program", size - unsent_.size(), size);
}

std::string ProgramTransfer::first_noise() const {
  if (asked_) return "";
  return output_.substr(0, std::min(output_.find('\n'), kControlNoiseColumns));
}

}  // namespace sockmark
