#include "bench/serve/handshake.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <utility>

#include "base/assert.h"

namespace sockmark {

namespace {

constexpr std::string_view kServeMagic = "SMH1";
constexpr std::size_t kServeTypeOffset = 4, kServeLengthOffset = 8;
// Of the fields after the header.
constexpr std::size_t kFirstField = kServeHeaderBytes, kNonceField = kFirstField + 4;
constexpr std::size_t kAuthEphemeral = kNonceField + 32, kWelcomeEphemeral = kFirstField + 4;
static_assert(crypto_generichash_BYTES == kServeMacBytes);
static_assert(crypto_scalarmult_BYTES == 32 && crypto_scalarmult_SCALARBYTES == 32);

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

std::string text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

void hash(const SecretKey& key, std::initializer_list<std::string_view> parts, std::uint8_t* to,
          std::size_t size) {
  crypto_generichash_state state;
  ::crypto_generichash_init(&state, key.data(), SecretKey::size(), size);
  for (const auto part : parts) ::crypto_generichash_update(&state, bytes_of(part), part.size());
  ::crypto_generichash_final(&state, to, size);
  ::sodium_memzero(&state, sizeof state);
}

std::string mac_of(const SecretKey& key, std::initializer_list<std::string_view> parts) {
  std::array<std::uint8_t, kServeMacBytes> mac;
  hash(key, parts, mac.data(), mac.size());
  return text_of(mac.data(), mac.size());
}

// Whether `message` ends with the MAC of what is before it.
bool has_mac(const SecretKey& key, std::string_view label, std::string_view transcript,
             std::string_view message) {
  const auto signed_part = message.substr(0, message.size() - kServeMacBytes);
  const auto expected = mac_of(key, {label, transcript, signed_part});
  return ::sodium_memcmp(expected.data(), message.data() + signed_part.size(), kServeMacBytes) == 0;
}

std::string ephemeral_public(const SecretKey& secret) {
  std::array<std::uint8_t, 32> point;
  ::crypto_scalarmult_base(point.data(), secret.data());
  return text_of(point.data(), point.size());
}

// False for a public key that gives the same result with every secret.
bool derive(const SecretKey& key, const SecretKey& secret, std::string_view other_public,
            std::string_view transcript, SessionKeys& keys) {
  SecretKey shared;
  if (::crypto_scalarmult(shared.data(), secret.data(), bytes_of(other_public)) != 0) return false;
  SecretBytes<64> both;
  hash(key, {"k", {reinterpret_cast<const char*>(shared.data()), SecretKey::size()}, transcript},
       both.data(), SecretBytes<64>::size());
  std::copy_n(both.data(), 32, keys.client_to_server.data());
  std::copy_n(both.data() + 32, 32, keys.server_to_client.data());
  return true;
}

SecretKey copy_of(const SecretKey* key) {
  SecretKey copy;
  if (key != nullptr) std::copy_n(key->data(), SecretKey::size(), copy.data());
  return copy;
}

std::string message(ServeMessage type, std::size_t whole, std::initializer_list<char> first_field,
                    std::initializer_list<std::string_view> fields) {
  const auto header = serve_header(type, whole - kServeHeaderBytes);
  std::string text(header.data(), header.size());
  text.append(first_field);
  for (const auto field : fields) text += field;
  return text;
}

}  // namespace

ServeHeader serve_header(ServeMessage type, std::size_t length) {
  ServeHeader header{};
  std::ranges::copy(kServeMagic, header.begin());
  header[kServeTypeOffset] = static_cast<char>(type);
  for (std::size_t i = 0; i < 4; ++i)
    header[kServeLengthOffset + i] = static_cast<char>(length >> (24 - 8 * i) & 0xff);
  return header;
}

std::optional<std::size_t> length_in(std::string_view header, ServeMessage type,
                                     std::size_t limit) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i)
    length = length << 8 | static_cast<std::uint8_t>(header[kServeLengthOffset + i]);
  if (length > limit) return std::nullopt;
  const auto expected = serve_header(type, length);
  if (!std::ranges::equal(expected, header.substr(0, kServeHeaderBytes))) return std::nullopt;
  return length;
}

HandshakeSeeds HandshakeSeeds::fresh() {
  HandshakeSeeds seeds;
  ::randombytes_buf(seeds.nonce.data(), seeds.nonce.size());
  ::randombytes_buf(seeds.ephemeral.data(), SecretKey::size());
  return seeds;
}

// --- server -------------------------------------------------------------------------------------

ServerHandshake::ServerHandshake(const SecretKey* key, HandshakeSeeds seeds)
    : key_(copy_of(key)), key_required_(key != nullptr), seeds_(std::move(seeds)) {
  const auto text = message(
      ServeMessage::hello, kServeHelloBytes,
      {static_cast<char>(kServeVersion), static_cast<char>(kServeVersion), key_required_, 0},
      {text_of(seeds_.nonce.data(), seeds_.nonce.size())});
  std::ranges::copy(text, hello_.begin());
}

ServerHandshake::State ServerHandshake::reject(const char* problem) {
  problem_ = problem;
  return state_ = State::rejected;
}

ServerHandshake::State ServerHandshake::feed(std::string_view bytes) {
  if (state_ == State::rejected || bytes.empty()) return state_;
  if (bytes.size() > auth_.size() - received_) return reject("invalid handshake");
  std::ranges::copy(bytes, auth_.data() + received_);
  received_ += bytes.size();
  const std::string_view auth(auth_.data(), received_);
  // Early, so that what is no client at all is not waited for.
  const auto header = serve_header(ServeMessage::auth, kServeAuthBytes - kServeHeaderBytes);
  const auto known = std::min(received_, header.size());
  if (!std::equal(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(known),
                  auth.begin()))
    return reject("invalid handshake");
  if (received_ < auth_.size()) return state_;
  if (auth.substr(kFirstField, 4) != std::string_view("\1\0\0\0", 4))
    return reject("unknown version");
  if (!has_mac(key_, "c", hello(), auth)) return reject("authentication failed");
  SecretKey shared;
  if (::crypto_scalarmult(shared.data(), seeds_.ephemeral.data(),
                          bytes_of(auth.substr(kAuthEphemeral))) != 0)
    return reject("invalid public key");
  return state_ = State::proven;
}

std::string ServerHandshake::welcome(Admission admission) {
  ASSERT(state_ == State::proven);
  auto text =
      message(ServeMessage::welcome, kServeWelcomeBytes, {static_cast<char>(admission), 0, 0, 0},
              {ephemeral_public(seeds_.ephemeral)});
  const std::string_view auth(auth_.data(), auth_.size());
  std::string transcript(hello());
  transcript += auth;
  text += mac_of(key_, {"s", transcript, text});
  // The public key was checked when it arrived.
  ASSERT(derive(key_, seeds_.ephemeral, auth.substr(kAuthEphemeral, 32), transcript + text, keys_));
  return text;
}

// --- client -------------------------------------------------------------------------------------

ClientHandshake::ClientHandshake(const SecretKey* key, HandshakeSeeds seeds)
    : key_(copy_of(key)), has_key_(key != nullptr), seeds_(std::move(seeds)) {}

Result<std::string> ClientHandshake::feed(std::string_view bytes) {
  received_ += bytes;
  std::string answer;
  if (hello_.empty()) answer = TRY(take_hello());
  if (!hello_.empty() && !done_) TRY(take_welcome());
  return answer;
}

Result<std::string> ClientHandshake::take_hello() {
  const auto header = serve_header(ServeMessage::hello, kServeHelloBytes - kServeHeaderBytes);
  const auto known = std::min(received_.size(), header.size());
  if (!std::equal(header.begin(), header.begin() + static_cast<std::ptrdiff_t>(known),
                  received_.begin()))
    return Error{"is not sockmark serve"};
  if (received_.size() < kServeHelloBytes) return std::string();
  const auto least = static_cast<std::uint8_t>(received_[kFirstField]);
  const auto most = static_cast<std::uint8_t>(received_[kFirstField + 1]);
  if (kServeVersion < least || kServeVersion > most) {
    return Error{fmt::format("speaks versions {} to {} of the handshake, this program version {}",
                             least, most, kServeVersion)};
  }
  const bool required = received_[kFirstField + 2] != 0;
  if (required && !has_key_) return Error{"requires a key: --secret-file"};
  if (!required && has_key_)
    return Error{
        "asks for no key, so it cannot prove that it is the right one: leave out "
        "--secret-file if that is intended"};
  hello_ = received_.substr(0, kServeHelloBytes);
  received_.erase(0, kServeHelloBytes);
  auth_ = message(
      ServeMessage::auth, kServeAuthBytes, {static_cast<char>(kServeVersion), 0, 0, 0},
      {text_of(seeds_.nonce.data(), seeds_.nonce.size()), ephemeral_public(seeds_.ephemeral)});
  auth_ += mac_of(key_, {"c", hello_, auth_});
  return auth_;
}

Result<> ClientHandshake::take_welcome() {
  if (received_.size() < kServeWelcomeBytes) return {};
  const auto welcome = std::string_view(received_).substr(0, kServeWelcomeBytes);
  const std::string transcript = hello_ + auth_;
  if (length_in(welcome, ServeMessage::welcome, kServeWelcomeBytes) !=
          kServeWelcomeBytes - kServeHeaderBytes ||
      !has_mac(key_, "s", transcript, welcome))
    return Error{"did not prove that it has the key"};
  switch (static_cast<Admission>(welcome[kFirstField])) {
    case Admission::admitted:
      break;
    case Admission::full:
      return Error{"is busy: all of its sessions are in use (--max-sessions there)"};
    case Admission::draining:
      return Error{"is about to end, and takes no new session"};
    default:
      return Error{"gave an unknown answer"};
  }
  if (!derive(key_, seeds_.ephemeral, welcome.substr(kWelcomeEphemeral, 32),
              transcript + std::string(welcome), keys_))
    return Error{"sent an invalid public key"};
  received_.erase(0, kServeWelcomeBytes);
  done_ = true;
  return {};
}

}  // namespace sockmark
