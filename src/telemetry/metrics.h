// Counters, gauges and histograms, shown in the Prometheus text exposition format 0.0.4.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloister::telemetry {

// Only goes up.
class Counter {
 public:
  void Add(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void Set(double value) { value_.store(value, std::memory_order_relaxed); }
  void Add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Counts observations up to each bound.
class Histogram {
 public:
  // `bounds` rise strictly; +Inf is added.
  explicit Histogram(std::vector<double> bounds);
  void Observe(double value);

  struct Snapshot {
    std::vector<std::uint64_t> cumulative;  // one per bound, and one for +Inf
    double sum = 0;
  };
  Snapshot Read() const;
  const std::vector<double>& bounds() const { return bounds_; }

 private:
  const std::vector<double> bounds_;
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> counts_;
  double sum_ = 0;
};

// In the order in which they are shown. Values come from a small closed set (a route, a status), never from a request.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Bounds in seconds, 1 ms to 30 s.
std::vector<double> SecondsBounds();

// Owns every metric of a program; what it returns lives as long as it does. Safe to use from several threads.
// Asking again with the same name and labels gives the same object. A name or label name outside
// [a-zA-Z_][a-zA-Z0-9_]*, or one name used for two kinds, is a bug (CHECK).
class Registry {
 public:
  // Past `series_limit` label sets of one name, further ones share a series whose label values are "other".
  explicit Registry(std::size_t series_limit = 200) : series_limit_(series_limit) {}

  Counter& CounterFor(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& GaugeFor(std::string_view name, std::string_view help, const Labels& labels = {});
  // The bounds of the first call for a name hold for all its series.
  Histogram& HistogramFor(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                          const Labels& labels = {});

  // Content type "text/plain; version=0.0.4".
  std::string ToPrometheusText() const;

 private:
  enum class Kind { kCounter, kGauge, kHistogram };
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
  };
  struct Family {
    Kind kind = Kind::kCounter;
    std::string help;
    std::vector<double> bounds;
    std::map<std::string, Series> series;  // by the labels as text
  };
  Series& Find(Kind kind, std::string_view name, std::string_view help, const std::vector<double>& bounds,
               const Labels& labels);

  const std::size_t series_limit_;
  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace cloister::telemetry
