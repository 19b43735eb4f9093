// Where messages were lost that a loss ratio does not explain: in the receive buffer of a responder
// that did not keep up, and in the warm-up. Pure functions of the report; names are printable.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/model/report.h"

namespace sockmark::report {

// One line for each open-loop case of which a noticeable part was lost in the responder's receive
// buffer: how many messages, why, and what to do. A loop without a rate sends as fast as it can:
// what it loses there is the result, not a problem. A terminal may break a line at '\n'.
[[nodiscard]] std::vector<std::string> slow_responders(const Report& report);

// How many messages of the warm-up were never answered; they are in no other figure. None if there
// are none.
[[nodiscard]] std::optional<std::string> warmup_loss_note(const Report& report);

}  // namespace sockmark::report
