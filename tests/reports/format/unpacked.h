// What compressed.h made, as zlib and libsodium read it.

#pragma once

#include <sodium.h>
#include <zlib.h>

#include <string>
#include <string_view>

namespace sockmark::report {

// Empty where it is not gzip in base64.
inline std::string unpacked(std::string_view coded) {
  std::string packed(coded.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(packed.data()), packed.size(),
                        coded.data(), coded.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0)
    return "";
  z_stream stream{};
  inflateInit2(&stream, 16 + MAX_WBITS);
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(size);
  std::string text;
  int status = Z_OK;
  while (status == Z_OK) {
    std::string part(std::size_t{1} << 20, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(part.data());
    stream.avail_out = static_cast<uInt>(part.size());
    status = inflate(&stream, Z_NO_FLUSH);
    text += part.substr(0, part.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END ? text : "";
}

}  // namespace sockmark::report
