// Addresses from a command line, and from a peer (transports/address.h).

#include "transports/address.h"

#include <cstring>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  const std::string_view text = Input(data, size).text();
  auto address = parse_address(text);
  if (names_a_host(text)) {
    require(!address, "a name is no numeric address");
    const auto name = parse_host_name(text);
    if (!name) return 0;
    const auto same = names_a_host(name->text()) ? parse_host_name(name->text()) : name;
    require(same && same->name == name->name && same->port == name->port,
            "the text of a name is that name");
    return 0;
  }
  if (!address) {
    require(!address.error().message.empty(), "an error says something");
    return 0;
  }
  auto again = parse_address(address->text());
  require(again && again->scheme == address->scheme && again->length == address->length &&
              again->name == address->name &&
              std::memcmp(&again->storage, &address->storage, sizeof again->storage) == 0,
          "the text of an address is that address");
  require(again->text() == address->text(), "an address has one text");
  return 0;
}
