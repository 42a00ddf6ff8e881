#include "telemetry/log.h"

#include <unistd.h>

#include <cerrno>

#include "telemetry/json_text.h"

namespace cloister::telemetry {
namespace {

void AppendValue(std::string& out, const std::string& text) { AppendJsonString(out, text); }
void AppendValue(std::string& out, bool truth) { out += truth ? "true" : "false"; }
void AppendValue(std::string& out, double number) { AppendJsonNumber(out, number); }
template <std::integral I>
void AppendValue(std::string& out, I number) {
  out += std::to_string(number);
}

void AppendText(std::string& out, std::string_view name, std::string_view text) {
  out += out.size() == 1 ? "\"" : ",\"";
  out += name;
  out += "\":";
  AppendJsonString(out, text);
}

bool IsFixedName(std::string_view name) {
  return name == "time" || name == "level" || name == "component" || name == "message";
}

}  // namespace

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

void StreamSink::Write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  out_ << line << std::flush;
}

void DescriptorSink::Write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  while (!line.empty()) {
    const ssize_t written = ::write(descriptor_, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    line.remove_prefix(static_cast<std::size_t>(written));
  }
}

Logger::Logger(std::shared_ptr<LogSink> sink, const Clock& clock, Level minimum, std::string component)
    : sink_(std::move(sink)), clock_(&clock), minimum_(minimum), component_(std::move(component)) {}

Logger Logger::For(std::string component) const {
  Logger other = *this;
  other.component_ = std::move(component);
  return other;
}

void Logger::Log(Level level, std::string_view message, std::initializer_list<Field> fields) const {
  if (!sink_ || level < minimum_) return;
  std::string line = "{";
  AppendText(line, "time", ToRfc3339(clock_->Now()));
  AppendText(line, "level", LevelName(level));
  AppendText(line, "component", component_);
  AppendText(line, "message", message);
  for (const Field& field : fields) {
    line += ',';
    AppendJsonString(line, IsFixedName(field.name) ? "field." + std::string(field.name) : std::string(field.name));
    line += ':';
    std::visit([&](const auto& value) { AppendValue(line, value); }, field.value);
  }
  line += "}\n";
  sink_->Write(line);
}

void Logger::Debug(std::string_view message, std::initializer_list<Field> fields) const {
  Log(Level::kDebug, message, fields);
}
void Logger::Info(std::string_view message, std::initializer_list<Field> fields) const {
  Log(Level::kInfo, message, fields);
}
void Logger::Warning(std::string_view message, std::initializer_list<Field> fields) const {
  Log(Level::kWarning, message, fields);
}
void Logger::Error(std::string_view message, std::initializer_list<Field> fields) const {
  Log(Level::kError, message, fields);
}

}  // namespace cloister::telemetry
