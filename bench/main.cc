// sockmark: the list of its commands. Each is a file in cli/commands/.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "bench/cli/commands/commands.h"
#include "bench/cli/options.h"
#include "bench/worker/build_info.h"

namespace {

using namespace sockmark;

constexpr const char* kPurpose =
    "sockmark measures and compares message transports: TCP, UDP and UNIX sockets.\n"
    "Latency, throughput, loss, duplication and reordering, between two real processes.\n";

constexpr const char* kExamples =
    "\nStart here:\n"
    "  sockmark run quick                           every transport, 64 bytes; prints a table and\n"
    "                                               writes report.json\n"
    "  sockmark run -t tcp,unix-stream -s 64,64k    two transports, two sizes\n"
    "  sockmark report report.json --html page.html the report as a page with charts\n"
    "  sockmark compare report.json --by transport  which transport is faster, with confidence\n"
    "                                               intervals\n"
    "  sockmark calibrate                           the smallest change detectable on this "
    "machine\n"
    "  sockmark selfcheck                           inject known faults and check the results\n"
    "  sockmark doctor                              find sources of noise on this machine and how\n"
    "                                               to fix them\n"
    "  sockmark list                                transports, workloads, suites and formats\n"
    "  sockmark run --help                          every option of run\n";

// Opens /dev/null in place of a closed standard descriptor. Otherwise the next file to be opened
// would get its number, and messages would be written into that file. The direction is in reverse,
// so that using the descriptor fails as before.
void occupy_standard_descriptors() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    static_cast<void>(::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

// A closed pipe and the file size limit become errors of write(), and exit status 5.
void ignore_write_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_descriptors();
  ignore_write_signals();

  cli::Program program("sockmark", kPurpose, version_text());
  program.footer(kExamples);
  cli::add_run(program);
  cli::add_compare(program);
  cli::add_calibrate(program);
  cli::add_report(program);
  cli::add_export(program);
  cli::add_analyze(program);
  cli::add_selfcheck(program);
  cli::add_doctor(program);
  cli::add_list(program);
  cli::add_serve(program);
  cli::add_genkey(program);
  cli::add_session(program);
  cli::add_dial(program);
  cli::add_worker(program);
  program.add_help_and_version();
  for (const char* word : {"server", "client", "listen", "connect"})
    program.hint(word, "sockmark run starts both ends itself, on this machine");
  program.hint("import", "sockmark analyze reads what other tools measured");
  return program.run(argc, argv);
}
