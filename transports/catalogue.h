// The transports that sockmark knows, one row each. `sockmark list transports` prints the rows.

#pragma once

#include <span>
#include <string_view>

#include "transports/transport.h"

namespace sockmark {

struct CatalogueRow {
  std::string_view name;     // as the command line and the report spell it: "tcp6"
  std::string_view family;   // "ipv4", "ipv6", "unix" or "memory"
  std::string_view summary;  // one line
  bool in_all;               // part of `--transport all`: crosses a kernel between two processes
  const Transport& (*get)();
};

[[nodiscard]] std::span<const CatalogueRow> catalogue();

// Null if there is no such row.
[[nodiscard]] const CatalogueRow* find_transport(std::string_view name);

// The row of an address: tcp6 for "tcp://[::1]:0". Must: a parsed address.
[[nodiscard]] const CatalogueRow& transport_of(const Address& address);

}  // namespace sockmark
