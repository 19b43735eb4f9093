#include "bench/cli/plan_arguments.h"

#include <algorithm>
#include <sstream>
#include <string>

namespace sockmark::cli {

namespace {

// Options of other tools, iperf3's first of all.
struct OptionHint {
  const char* names;  // separated by spaces
  const char* hint;
};
constexpr OptionHint kHints[] = {
    {"-P --parallel", "-c sets the number of connections"},
    {"-R --reverse", "-w stream --direction reverse sends from the responder to the generator"},
    {"--bidir", "-w stream --direction both sends in both directions at the same time"},
    {"-i", "--interval prints a line for every interval, such as --interval 1s"},
    {"-f --format", "--bits prints throughput in bits/s"},
    {"-u --udp", "-t udp measures UDP"},
    {"-b --bandwidth --bitrate", "-r sets the rate, such as -r 10k (messages/s) or -r 100Mbit"},
    {"-l --len --length", "-s sets the size of a message"},
    {"--time", "-d sets the duration, such as -d 10s"},
    {"-p --port -B --bind",
     "the address is part of the transport, such as -t tcp://127.0.0.1:5201"},
    {"-4 --ipv4", "-t tcp and -t udp use IPv4"},
    {"-6 --ipv6", "-t tcp6 and -t udp6 use IPv6"},
    {"-A --affinity", "--pin sets the CPUs of generator and responder, such as --pin 0,1"},
    {"-J --json",
     "the report is JSON: -o FILE writes it, -o - prints it; --json-stream writes lines"},
    {"-N --no-delay", "--nodelay is on by default; --nodelay off is Nagle's algorithm"},
    {"-M --set-mss", "--mss sets the largest segment, such as --mss 1448"},
    {"-C --linux-congestion", "--congestion sets the congestion control, such as --congestion bbr"},
    {"-S --tos", "--dscp marks the packets, such as --dscp EF"},
    {"--window --buffer-size", "--sndbuf and --rcvbuf set socket buffers, such as --sndbuf 1M"},
    {"--client --host --server --remote", "sockmark run starts both ends itself, on this machine"},
};

}  // namespace

void add_plan_options(Command& command, OptionTexts& texts,
                      std::initializer_list<std::string_view> without) {
  for (const auto& option : plan_options()) {
    const std::string name = option.name;
    if (std::ranges::find(without, name) != without.end()) continue;
    const std::string letter = *option.letters == '\0' ? "" : std::string(option.letters) + ",";
    command.on_text(letter + "--" + name, option.kind, option.help,
                    [&texts, name](const std::string& text) { texts[name] = text; });
  }
  for (const auto& [names, hint] : kHints) {
    std::istringstream words(names);
    for (std::string word; words >> word;) command.hint(word, hint);
  }
}

}  // namespace sockmark::cli
