#include "reports/exports/csv.h"

#include "base/printable.h"
#include "reports/exports/common/case_names.h"
#include "reports/model/metrics.h"
#include "reports/model/params_text.h"

namespace sockmark::report {
namespace {

std::string cell(const std::string& text) { return csv_text(text); }
template <class E>
std::string cell(const OpenEnum<E>& word) {
  return csv_text(word.name());
}
std::string cell(double value) { return number_text(value); }
std::string cell(std::int64_t value) { return std::to_string(value); }
std::string cell(std::uint64_t value) { return std::to_string(value); }
std::string cell(bool value) { return value ? "true" : "false"; }
template <class T>
std::string cell(const Maybe<T>& value) {
  return value ? cell(*value) : std::string();
}
std::string cell(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : "; ") + text;
  return csv_text(joined);
}

// A field of a section that may be absent.
template <class Section, class T>
std::string cell(const Maybe<Section>& section, T Section::*field) {
  return section ? cell((*section).*field) : std::string();
}

// Of the stream to the generator, where both ends send.
template <class Section, class T>
std::string cell(const Run& run, Section ReverseStream::*section, T Section::*field) {
  return run.reverse ? cell((*run.reverse).*section.*field) : std::string();
}

struct Column {
  const char* name;
  std::string (*of)(const Case&, const Run&);
};

// What identifies a row, after the name of the case.
template <std::size_t Index>
std::string option_cell(const Case& c, const Run&) {
  return is_requested(c.params, kCaseOptions[Index])
             ? csv_text(requested_text(c.params, kCaseOptions[Index]))
             : std::string();
}

constexpr Column kKeys[] = {
    {"transport", [](const Case& c, const Run&) { return cell(c.params.transport); }},
    {"family", [](const Case& c, const Run&) { return cell(c.params.family); }},
    {"workload", [](const Case& c, const Run&) { return cell(c.params.workload); }},
    {"direction", [](const Case& c, const Run&) { return cell(c.params.direction); }},
    {"size_bytes", [](const Case& c, const Run&) { return cell(c.params.size_bytes); }},
    {"size_mix", [](const Case& c, const Run&) { return cell(c.params.size_mix); }},
    {"response_size_bytes",
     [](const Case& c, const Run&) { return cell(c.params.response_size_bytes); }},
    {"rate_per_s", [](const Case& c, const Run&) { return cell(c.params.rate_per_s); }},
    {"arrivals", [](const Case& c, const Run&) { return cell(c.params.arrivals); }},
    {"depth", [](const Case& c, const Run&) { return cell(c.params.depth); }},
    {"connections", [](const Case& c, const Run&) { return cell(c.params.connections); }},
    {"threads", [](const Case& c, const Run&) { return cell(c.params.threads); }},
    {"generators", [](const Case& c, const Run&) { return cell(c.params.generators); }},
    {"wait", [](const Case& c, const Run&) { return cell(c.params.wait); }},
    {"messages", [](const Case& c, const Run&) { return cell(c.params.messages); }},
    {"think_ns", [](const Case& c, const Run&) { return cell(c.params.think_ns); }},
    {"ramp_per_s", [](const Case& c, const Run&) { return cell(c.params.ramp_per_s); }},
    {"nodelay", option_cell<0>},
    {"congestion", option_cell<1>},
    {"sndbuf_bytes", option_cell<2>},
    {"rcvbuf_bytes", option_cell<3>},
    {"quickack", option_cell<4>},
    {"mss_bytes", option_cell<5>},
    {"busy_poll_us", option_cell<6>},
    {"dscp", option_cell<7>},
    {"batch", option_cell<8>},
    {"background", option_cell<9>},
    {"impair", [](const Case& c, const Run&) { return cell(c.params.impair); }},
    {"responder", [](const Case& c, const Run&) { return cell(c.params.responder); }},
    {"arm", [](const Case& c, const Run&) { return cell(c.params.arm); }},
    {"run", [](const Case&, const Run& r) { return cell(r.index); }},
    {"started_at", [](const Case&, const Run& r) { return cell(r.started_at); }},
    {"valid", [](const Case&, const Run& r) { return cell(r.valid); }},
    {"invalid_reasons", [](const Case&, const Run& r) { return cell(r.invalid_reasons); }},
    {"interference_reasons",
     [](const Case&, const Run& r) { return cell(r.interference_reasons); }},
    {"steady", [](const Case&, const Run& r) { return cell(r.steady); }},
};

// Behind the metrics.
constexpr Column kCounts[] = {
    {"offered_messages_per_s",
     [](const Case&, const Run& r) { return cell(r.load, &Load::offered_rate); }},
    {"request_bytes_per_s",
     [](const Case&, const Run& r) {
       return cell(r.throughput, &Throughput::request_bytes_per_s);
     }},
    {"messages_per_send_call",
     [](const Case&, const Run& r) { return cell(r.load, &Load::messages_per_send_call); }},
    {"sent", [](const Case&, const Run& r) { return cell(r.loss, &Loss::sent); }},
    {"received", [](const Case&, const Run& r) { return cell(r.loss, &Loss::received); }},
    {"lost", [](const Case&, const Run& r) { return cell(r.loss, &Loss::lost); }},
    {"duplicates",
     [](const Case&, const Run& r) { return cell(r.duplication, &Duplication::duplicates); }},
    {"reordered",
     [](const Case&, const Run& r) { return cell(r.reordering, &Reordering::reordered); }},
    {"retransmits",
     [](const Case&, const Run& r) { return r.tcp ? cell(r.tcp->retransmits) : ""; }},
    {"jain_index",
     [](const Case&, const Run& r) { return cell(r.fairness, &Fairness::jain_index); }},
    {"corrupt", [](const Case&, const Run& r) { return cell(r.integrity, &Integrity::corrupt); }},
    {"failed_answers",
     [](const Case&, const Run& r) { return cell(r.integrity, &Integrity::failed_answers); }},
    {"reverse_offered_messages_per_s",
     [](const Case&, const Run& r) { return cell(r, &ReverseStream::load, &Load::offered_rate); }},
    {"reverse_messages_per_send_call",
     [](const Case&, const Run& r) {
       return cell(r, &ReverseStream::load, &Load::messages_per_send_call);
     }},
    {"reverse_sent",
     [](const Case&, const Run& r) { return cell(r, &ReverseStream::loss, &Loss::sent); }},
    {"reverse_received",
     [](const Case&, const Run& r) { return cell(r, &ReverseStream::loss, &Loss::received); }},
    {"reverse_lost",
     [](const Case&, const Run& r) { return cell(r, &ReverseStream::loss, &Loss::lost); }},
    {"reverse_duplicates",
     [](const Case&, const Run& r) {
       return cell(r, &ReverseStream::duplication, &Duplication::duplicates);
     }},
    {"reverse_reordered",
     [](const Case&, const Run& r) {
       return cell(r, &ReverseStream::reordering, &Reordering::reordered);
     }},
    {"reverse_corrupt",
     [](const Case&, const Run& r) {
       return cell(r, &ReverseStream::integrity, &Integrity::corrupt);
     }},
    {"one_way_bound_ns",
     [](const Case&, const Run& r) { return cell(r.latency, &Latency::bound_ns); }},
    {"reverse_one_way_bound_ns",
     [](const Case&, const Run& r) {
       return cell(r, &ReverseStream::latency, &Latency::bound_ns);
     }},
};

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& value : cells) {
    if (&value != &cells.front()) line += ',';
    if (value.find_first_of(",\"\r\n") == value.npos) {
      line += value;
      continue;
    }
    line += '"';
    for (const char c : value) line.append(c == '"' ? 2 : 1, c);
    line += '"';
  }
  return line + '\n';
}

std::string csv_text(std::string_view text) {
  std::string safe = printable(text);
  if (!safe.empty() && std::string_view("=+-@").find(safe.front()) != std::string_view::npos)
    safe.insert(safe.begin(), '\'');
  return safe;
}

std::string to_csv(const Report& report) {
  std::vector<std::string> cells = {"case"};
  for (const Column& column : kKeys) cells.emplace_back(column.name);
  for (const Metric& metric : metrics()) cells.emplace_back(metric.name);
  for (const Column& column : kCounts) cells.emplace_back(column.name);
  std::string text = csv_line(cells);
  const std::vector<std::string> names = case_names(report);
  for (std::size_t c = 0; c < report.cases.size(); ++c) {
    const Case& one = report.cases[c];
    for (const Run& run : one.runs) {
      cells = {csv_text(names[c])};
      for (const Column& column : kKeys) cells.push_back(column.of(one, run));
      for (const Metric& metric : metrics()) cells.push_back(cell(metric.of(run)));
      for (const Column& column : kCounts) cells.push_back(column.of(one, run));
      text += csv_line(cells);
    }
  }
  return text;
}

}  // namespace sockmark::report
