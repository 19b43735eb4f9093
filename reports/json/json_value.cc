#include "reports/json/json_value.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace sockmark::report {

using nlohmann::json;

bool JsonValue::is_null() const { return value_->is_null(); }
bool JsonValue::is_boolean() const { return value_->is_boolean(); }
bool JsonValue::is_number() const { return value_->is_number(); }
bool JsonValue::is_string() const { return value_->is_string(); }
bool JsonValue::is_list() const { return value_->is_array(); }
bool JsonValue::is_object() const { return value_->is_object(); }
std::string_view JsonValue::kind() const { return value_->type_name(); }

bool JsonValue::boolean() const { return value_->get<bool>(); }
double JsonValue::number() const { return value_->get<double>(); }
const std::string& JsonValue::string() const { return value_->get_ref<const std::string&>(); }

// nlohmann keeps an integer that is not negative as unsigned; get<> of the other kind would wrap.
std::optional<std::int64_t> JsonValue::integer() const {
  if (const auto value = whole())
    return std::in_range<std::int64_t>(*value) ? std::optional(static_cast<std::int64_t>(*value))
                                               : std::nullopt;
  if (!value_->is_number_integer()) return std::nullopt;
  return value_->get<std::int64_t>();
}

std::optional<std::uint64_t> JsonValue::whole() const {
  if (!value_->is_number_unsigned()) return std::nullopt;
  return value_->get<std::uint64_t>();
}

std::size_t JsonValue::size() const { return value_->size(); }

JsonValue JsonValue::operator[](std::size_t index) const { return JsonValue((*value_)[index]); }

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  if (!value_->is_object()) return std::nullopt;
  const auto found = value_->find(key);
  if (found == value_->end()) return std::nullopt;
  return JsonValue(*found);
}

std::vector<JsonValue::Member> JsonValue::members() const {
  std::vector<Member> members;
  members.reserve(value_->size());
  for (const auto& [key, value] : value_->get_ref<const json::object_t&>())
    members.push_back({key, JsonValue(value)});
  return members;
}

std::string JsonValue::text() const {
  return value_->dump(-1, ' ', false, json::error_handler_t::replace);
}

JsonDocument::JsonDocument(json tree) : tree_(std::make_unique<json>(std::move(tree))) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

bool JsonDocument::make_list(std::initializer_list<std::string_view> keys) {
  json* at = tree_.get();
  for (const std::string_view key : keys) {
    if (!at->is_object()) return false;
    const auto found = at->find(key);
    if (found == at->end()) return false;
    at = &*found;
  }
  if (!at->is_number()) return false;
  *at = json::array({*at});
  return true;
}

}  // namespace sockmark::report
