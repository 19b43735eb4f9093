// Addresses from a command line, and from a peer (transports/address.h).

#include "transports/address.h"

#include <cstring>

#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sockmark;
  using namespace sockmark::fuzz;
  auto address = parse_address(Input(data, size).text());
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
