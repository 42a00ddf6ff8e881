// Structured logs: one JSON object a line, to a sink that the program gives.
#pragma once

#include <concepts>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"

namespace cloister::telemetry {

enum class Level { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning", "error".
std::string_view LevelName(Level level);

// A named value. Takes text, numbers and booleans only: SecretBytes and Bytes do not convert, so that nobody logs them
// by accident. What comes from outside belongs here and never into the message.
struct Field {
  Field(std::string_view field_name, std::string_view text) : name(field_name), value(std::string(text)) {}
  Field(std::string_view field_name, const std::string& text) : name(field_name), value(text) {}
  Field(std::string_view field_name, const char* text) : name(field_name), value(std::string(text)) {}
  Field(std::string_view field_name, bool truth) : name(field_name), value(truth) {}
  Field(std::string_view field_name, double number) : name(field_name), value(number) {}
  template <std::signed_integral I>
  Field(std::string_view field_name, I number) : name(field_name), value(static_cast<std::int64_t>(number)) {}
  template <std::unsigned_integral I>
    requires(!std::same_as<I, bool>)
  Field(std::string_view field_name, I number) : name(field_name), value(static_cast<std::uint64_t>(number)) {}

  std::string_view name;
  std::variant<std::string, std::int64_t, std::uint64_t, double, bool> value;
};

// Where lines go. May be called from several threads at once.
class LogSink {
 public:
  virtual ~LogSink() = default;
  // `line` ends with its newline. Must not fail aloud: a log that cannot be written does not stop the work.
  virtual void Write(std::string_view line) = 0;
};

// Writes to a stream that outlives the sink.
class StreamSink final : public LogSink {
 public:
  explicit StreamSink(std::ostream& out) : out_(out) {}
  void Write(std::string_view line) override;

 private:
  std::mutex mutex_;
  std::ostream& out_;
};

// Writes to a file descriptor that outlives the sink, such as 2; each line in one write() where the system takes it.
class DescriptorSink final : public LogSink {
 public:
  explicit DescriptorSink(int descriptor) : descriptor_(descriptor) {}
  void Write(std::string_view line) override;

 private:
  std::mutex mutex_;
  int descriptor_;
};

// Writes {"time":…,"level":…,"component":…,"message":…,<fields>}. Cheap to copy; safe to use from several threads.
class Logger {
 public:
  // Drops everything.
  Logger() = default;
  // `clock` outlives the logger and its copies. Lines below `minimum` are dropped.
  Logger(std::shared_ptr<LogSink> sink, const Clock& clock, Level minimum, std::string component);

  // The same sink for another part of the program.
  Logger For(std::string component) const;

  // `message` is fixed text. A field named like one of the four fixed names is written as "field.<name>".
  void Log(Level level, std::string_view message, std::initializer_list<Field> fields = {}) const;
  void Debug(std::string_view message, std::initializer_list<Field> fields = {}) const;
  void Info(std::string_view message, std::initializer_list<Field> fields = {}) const;
  void Warning(std::string_view message, std::initializer_list<Field> fields = {}) const;
  void Error(std::string_view message, std::initializer_list<Field> fields = {}) const;

 private:
  std::shared_ptr<LogSink> sink_;
  const Clock* clock_ = nullptr;
  Level minimum_ = Level::kInfo;
  std::string component_;
};

}  // namespace cloister::telemetry
