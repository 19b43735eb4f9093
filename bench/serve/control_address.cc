#include "bench/serve/control_address.h"

#include <fmt/format.h>

#include "base/printable.h"

namespace sockmark {

Result<std::string> serve_address(const std::string& text) {
  const auto problem = [&](const Error& error) {
    return Error{fmt::format("{}: expected HOST, HOST:PORT or unix-stream:PATH: {}",
                             report::printable(text), error.message)};
  };
  if (text.empty()) return Error{"expected HOST, HOST:PORT or unix-stream:PATH"};
  if (text.starts_with("unix-stream:")) {
    const auto address = parse_address(text);
    return address ? Result<std::string>(address->text()) : problem(address.error());
  }
  const auto host = parse_host(text);
  const std::string whole = host && host->family() == AF_INET6
                                ? fmt::format("tcp://[{}]", host_text(*host))
                                : "tcp://" + text;
  if (names_a_host(whole)) {
    auto name = parse_host_name(whole);
    if (!name) return problem(name.error());
    if (name->port == 0) name->port = kServePort;
    return name->text();
  }
  const auto address = parse_address(whole);
  if (!address) return problem(address.error());
  return port_of(*address) == 0 ? with_port(*address, kServePort).text() : address->text();
}

std::string control_address_text(const Address& address) {
  if (!is_internet(address)) return address.text();
  return fmt::format("{} port {}", host_text(address), port_of(address));
}

}  // namespace sockmark
