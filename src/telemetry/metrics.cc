#include "telemetry/metrics.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "telemetry/json_text.h"

namespace cloister::telemetry {
namespace {

bool IsName(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto inner = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), inner);
}

// Escapes as the exposition format asks: backslash and newline, and in label values the quote too.
std::string Escape(std::string_view text, bool quote) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quote && c == '"')) out += '\\';
    out += c;
  }
  return out;
}

// name="value",name="value"
std::string LabelText(const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    CHECK(IsName(name) && name != "le");
    if (!out.empty()) out += ',';
    out += name + "=\"" + Escape(value, true) + '"';
  }
  return out;
}

std::string Number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::string out;
  AppendJsonNumber(out, value);
  return out;
}

void AppendSample(std::string& out, std::string_view name, const std::string& labels, const std::string& value) {
  out += name;
  if (!labels.empty()) out += '{' + labels + '}';
  out += ' ' + value + '\n';
}

void AppendHistogram(std::string& out, const std::string& name, const std::string& labels, const Histogram& histogram) {
  const Histogram::Snapshot snapshot = histogram.Read();
  const std::string comma = labels.empty() ? "" : labels + ',';
  for (std::size_t i = 0; i < snapshot.cumulative.size(); ++i) {
    const std::string bound = i < histogram.bounds().size() ? Number(histogram.bounds()[i]) : "+Inf";
    AppendSample(out, name + "_bucket", comma + "le=\"" + bound + '"', std::to_string(snapshot.cumulative[i]));
  }
  AppendSample(out, name + "_sum", labels, Number(snapshot.sum));
  AppendSample(out, name + "_count", labels, std::to_string(snapshot.cumulative.back()));
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds) : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {
  CHECK(std::adjacent_find(bounds_.begin(), bounds_.end(), std::greater_equal<>()) == bounds_.end());
}

void Histogram::Observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<std::size_t>(bucket)];
  sum_ += value;
}

Histogram::Snapshot Histogram::Read() const {
  const std::lock_guard lock(mutex_);
  Snapshot snapshot{counts_, sum_};
  for (std::size_t i = 1; i < snapshot.cumulative.size(); ++i) snapshot.cumulative[i] += snapshot.cumulative[i - 1];
  return snapshot;
}

std::vector<double> SecondsBounds() { return {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30}; }

Registry::Series& Registry::Find(Kind kind, std::string_view name, std::string_view help,
                                 const std::vector<double>& bounds, const Labels& labels) {
  CHECK(IsName(name));
  auto found = families_.find(name);
  if (found == families_.end()) {
    found = families_.emplace(std::string(name), Family{kind, std::string(help), bounds, {}}).first;
  }
  Family& family = found->second;
  CHECK(family.kind == kind);
  std::string text = LabelText(labels);
  if (!family.series.contains(text) && family.series.size() >= series_limit_) {
    Labels other = labels;
    for (auto& label : other) label.second = "other";
    text = LabelText(other);
  }
  Series& series = family.series[text];
  if (kind == Kind::kCounter && !series.counter) series.counter = std::make_unique<Counter>();
  if (kind == Kind::kGauge && !series.gauge) series.gauge = std::make_unique<Gauge>();
  if (kind == Kind::kHistogram && !series.histogram) series.histogram = std::make_unique<Histogram>(family.bounds);
  return series;
}

Counter& Registry::CounterFor(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return *Find(Kind::kCounter, name, help, {}, labels).counter;
}

Gauge& Registry::GaugeFor(std::string_view name, std::string_view help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return *Find(Kind::kGauge, name, help, {}, labels).gauge;
}

Histogram& Registry::HistogramFor(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                                  const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return *Find(Kind::kHistogram, name, help, bounds, labels).histogram;
}

std::string Registry::ToPrometheusText() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    const char* kind = family.kind == Kind::kCounter ? "counter" : family.kind == Kind::kGauge ? "gauge" : "histogram";
    out += "# HELP " + name + ' ' + Escape(family.help, false) + '\n';
    out += "# TYPE " + name + ' ' + kind + '\n';
    for (const auto& [labels, series] : family.series) {
      if (series.counter) AppendSample(out, name, labels, std::to_string(series.counter->value()));
      if (series.gauge) AppendSample(out, name, labels, Number(series.gauge->value()));
      if (series.histogram) AppendHistogram(out, name, labels, *series.histogram);
    }
  }
  return out;
}

}  // namespace cloister::telemetry
