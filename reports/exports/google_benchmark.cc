#include "reports/exports/google_benchmark.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "reports/exports/common/case_names.h"
#include "reports/json/json_writer.h"
#include "reports/model/summary.h"

namespace sockmark::report {
namespace {

constexpr std::string_view kInterference = "interference";  // a label

enum class Entries { runs_and_medians, medians };

template <bool Reverse>
Maybe<double> ns_per_message(const Run& run) {
  const Maybe<double> rate =
      metric(Reverse ? "reverse_goodput_messages_per_s" : "goodput_messages_per_s").of(run);
  if (!rate) return rate;
  if (!(*rate > 0)) return Maybe<double>::none(kNothingReceived);
  return 1e9 / *rate;
}

// The metrics that are times, in nanoseconds.
std::vector<Metric> times() {
  std::vector<Metric> result;
  for (const Metric& one : metrics()) {
    if (one.unit == MetricUnit::ns) result.push_back(one);
  }
  const auto add_inverse = [&result](const char* name, const char* of, auto inverse_of) {
    Metric inverse = metric(of);
    inverse.name = inverse.short_name = name;
    inverse.unit = MetricUnit::ns;
    inverse.more_is_better = false;
    inverse.of = inverse_of;
    result.push_back(inverse);
  };
  add_inverse("ns_per_message", "goodput_messages_per_s", ns_per_message<false>);
  add_inverse("reverse_ns_per_message", "reverse_goodput_messages_per_s", ns_per_message<true>);
  return result;
}

// The position of an entry: a metric of a case is a family, and a family has one instance.
struct Family {
  std::string name;
  std::size_t index = 0, repetitions = 0;
  std::uint64_t threads = 1;
  bool reverse = false;  // of the stream to the generator, where both ends send
};

std::uint64_t received_of(const Run& run, const Family& family) {
  if (family.reverse) return run.reverse ? run.reverse->loss.received : 0;
  return run.loss ? run.loss->received : 0;
}

class Document {
 public:
  void begin(const Report& report) {
    out_.begin_object();
    context(report);
    out_.key("benchmarks");
    out_.begin_list(JsonWriter::Layout::indented);
  }

  void run(const Family& family, std::size_t index, const Run& run, double real_time) {
    head(family, family.name, "iteration");
    member("repetition_index", index);
    member("threads", family.threads);
    member("iterations", received_of(run, family));
    if (!run.interference_reasons.empty()) member("label", kInterference);
    figures(family, real_time, [&run](const Metric& one) { return value_of(run, one); });
    out_.end_object();
  }

  void median(const Family& family, const std::string& name, const Case& one, double real_time) {
    head(family, name, "aggregate");
    member("threads", family.threads);
    member("aggregate_name", "median");
    member("aggregate_unit", "time");
    member("iterations", family.repetitions);
    if (interfered_runs(one) > 0) member("label", kInterference);
    figures(family, real_time, [&one](const Metric& other) -> std::optional<double> {
      const Maybe<Statistic> statistic = summarise(one, other);
      if (!statistic) return std::nullopt;
      return statistic->median;
    });
    out_.end_object();
  }

  std::string take() {
    out_.end_list();
    out_.end_object();
    return std::move(out_).take() + '\n';
  }

 private:
  void member(std::string_view key, std::string_view value) {
    out_.key(key);
    out_.string(value);
  }
  void member(std::string_view key, std::uint64_t value) {
    out_.key(key);
    out_.whole(value);
  }
  void member(std::string_view key, double value) {
    out_.key(key);
    out_.number(value);
  }

  // Of this machine as the report knows it. `caches` is there, although empty, because the reader
  // of one service demands it.
  void context(const Report& report) {
    const auto known = [this](std::string_view key, const std::map<std::string, std::string>& part,
                              const char* name) {
      const auto found = part.find(name);
      if (found == part.end() || found->second == "null") return;
      out_.key(key);
      out_.text(found->second);
    };
    out_.key("context");
    out_.begin_object();
    const bool has_run = !report.cases.empty() && !report.cases.front().runs.empty();
    member("date", has_run ? std::string_view(report.cases.front().runs.front().started_at) : "");
    known("host_name", report.environment.information, "host_name");
    member("executable", report.tool.name);
    known("num_cpus", report.environment.hard, "cpus_online");
    known("mhz_per_cpu", report.environment.information, "cpu_mhz");
    out_.key("caches");
    out_.begin_list(JsonWriter::Layout::one_line);
    out_.end_list();
    member("library_build_type", report.tool.build_type == "Debug" ? "debug" : "release");
    member("sockmark_version", report.tool.version);
    member("git", report.tool.git);
    member("environment", report.environment.hash_hard);
    out_.end_object();
  }

  void head(const Family& family, std::string_view name, std::string_view run_type) {
    out_.begin_object();
    member("name", name);
    member("family_index", family.index);
    member("per_family_instance_index", std::uint64_t{0});
    member("run_name", family.name);
    member("run_type", run_type);
    member("repetitions", family.repetitions);
  }

  // `value` answers what a metric is, if it is anything.
  template <class F>
  void figures(const Family& family, double real_time, F value) {
    member("real_time", real_time);
    member("cpu_time", value(metric("cpu_ns_per_message")).value_or(0));
    member("time_unit", "ns");
    const auto counter = [&](std::string_view key, std::string name) {
      if (family.reverse) name.insert(0, "reverse_");
      if (const auto number = value(metric(name))) member(key, *number);
    };
    counter("items_per_second", "goodput_messages_per_s");
    counter("bytes_per_second", "goodput_bytes_per_s");
    counter("loss_ratio", "loss_ratio");
  }

  JsonWriter out_{JsonWriter::Layout::indented};
};

std::string document(const Report& report, Entries entries) {
  Document document;
  document.begin(report);
  const std::vector<std::string> names = case_names(report);
  const std::vector<Metric> time_metrics = times();
  std::size_t index = 0;
  for (std::size_t c = 0; c < report.cases.size(); ++c) {
    const Case& one = report.cases[c];
    const std::vector<const Run*> runs = valid_runs(one);
    for (const Metric& time : time_metrics) {
      const Maybe<Statistic> statistic = summarise(one, time);
      const bool of_runs = entries == Entries::runs_and_medians &&
                           std::ranges::any_of(runs, [&time](const Run* run) {
                             return value_of(*run, time).has_value();
                           });
      if (!statistic && !of_runs) continue;  // no family
      const Family family{.name = names[c] + '/' + std::string(time.name),
                          .index = index++,
                          .repetitions = runs.size(),
                          .threads = one.params.threads,
                          .reverse = time.of_reverse};
      for (std::size_t r = 0; r < runs.size() && entries == Entries::runs_and_medians; ++r) {
        if (const auto value = value_of(*runs[r], time)) document.run(family, r, *runs[r], *value);
      }
      if (!statistic) continue;
      document.median(family, entries == Entries::medians ? family.name : family.name + "_median",
                      one, statistic->median);
    }
  }
  return document.take();
}

}  // namespace

std::string to_google_benchmark(const Report& report) {
  return document(report, Entries::runs_and_medians);
}

std::string to_google_benchmark_medians(const Report& report) {
  return document(report, Entries::medians);
}

}  // namespace sockmark::report
