#include "attester/simulated_tsm.h"

#include <cerrno>
#include <cstring>

namespace cloister::attester {
namespace {

constexpr std::uint32_t kPrivilegeLevelFloor = 0;
constexpr std::uint32_t kPrivilegeLevelMaximum = 3;

constexpr SimulatedTsm::Attribute kAttributes[] = {
    {"generation", SimulatedTsm::Access::kRead, false},     {"provider", SimulatedTsm::Access::kRead, false},
    {"privlevel", SimulatedTsm::Access::kWriteText, false}, {"privlevel_floor", SimulatedTsm::Access::kRead, false},
    {"inblob", SimulatedTsm::Access::kWriteBinary, true},   {"outblob", SimulatedTsm::Access::kRead, true},
    {"auxblob", SimulatedTsm::Access::kRead, true},
};

// As the kernel's kstrtouint with base 0: decimal, 0x or 0 in front, one newline at the end.
int ParseUnsigned(std::string text, std::uint32_t* value) {
  if (!text.empty() && text.back() == '\n') text.pop_back();
  if (text.empty() || text.front() < '0' || text.front() > '9') return EINVAL;
  char* end = nullptr;
  errno = 0;
  const unsigned long long number = std::strtoull(text.c_str(), &end, 0);
  if (end != text.c_str() + text.size()) return EINVAL;
  if (errno == ERANGE || number > 0xFFFFFFFF) return ERANGE;
  *value = static_cast<std::uint32_t>(number);
  return 0;
}

Result<void> FromErrno(int number) {
  if (number == 0) return {};
  return Error(number == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
               std::string("SIMULATED configfs-tsm: ") + std::strerror(number));
}

}  // namespace

std::span<const SimulatedTsm::Attribute> SimulatedTsm::Attributes() { return kAttributes; }

const SimulatedTsm::Attribute* SimulatedTsm::FindAttribute(std::string_view name) {
  for (const Attribute& attribute : kAttributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

SimulatedTsm SimulatedTsm::ForGuest(const evidence::SimulatedSnpProcessor& processor,
                                    evidence::SimulatedSnpGuest guest) {
  return SimulatedTsm(
      [&processor, guest = std::move(guest)](const ReportData& report_data, std::uint32_t vmpl) {
        return processor.Sign(processor.Report(guest, report_data, vmpl));
      },
      evidence::SerializeSnpCertificateTable(processor.Certificates()));
}

int SimulatedTsm::Make(const std::string& entry) {
  const std::lock_guard guard(*lock_);
  return entries_.try_emplace(entry).second ? 0 : EEXIST;
}

int SimulatedTsm::Remove(const std::string& entry) {
  const std::lock_guard guard(*lock_);
  if (entries_.erase(entry) == 0) return ENOENT;
  if (removed_) removed_();
  return 0;
}

bool SimulatedTsm::Has(const std::string& entry) const {
  const std::lock_guard guard(*lock_);
  return entries_.contains(entry);
}

std::vector<std::string> SimulatedTsm::Names() const {
  const std::lock_guard guard(*lock_);
  std::vector<std::string> names;
  for (const auto& [name, state] : entries_) names.push_back(name);
  return names;
}

int SimulatedTsm::MakeReport(State& state) {
  // arm_cca_guest takes shorter ones too, and the hardware pads them.
  const std::size_t least = provider_ == kArmCcaGuest ? kTsmInblobSize / 2 : kTsmInblobSize;
  if (state.inblob.size() < least) return EINVAL;
  if (state.report_generation == state.generation) return 0;  // nothing was written since
  Bytes report_data = state.inblob;
  report_data.resize(kTsmInblobSize);
  state.report = signer_(*ToArray<kTsmInblobSize>(report_data), state.privlevel);
  state.report_generation = state.generation;
  return 0;
}

// tdx_guest has none but these; arm_cca_guest hides none, though most mean nothing there.
bool SimulatedTsm::HasAttribute(std::string_view name) const {
  return provider_ != kTdxGuest || name == "generation" || name == "provider" || name == "inblob" || name == "outblob";
}

int SimulatedTsm::Read(const std::string& entry, std::string_view attribute, Bytes* content) {
  const Attribute* found = FindAttribute(attribute);
  const std::lock_guard guard(*lock_);
  const auto state = entries_.find(entry);
  if (found == nullptr || !HasAttribute(attribute) || state == entries_.end()) return ENOENT;
  if (found->access != Access::kRead) return EACCES;
  if (attribute == "generation") {
    *content = ToBytes(std::to_string(state->second.generation) + "\n");
  } else if (attribute == "provider") {
    *content = ToBytes(std::string(provider_) + "\n");
  } else if (attribute == "privlevel_floor") {
    *content = ToBytes(std::to_string(kPrivilegeLevelFloor) + "\n");
  } else {
    if (const int error = MakeReport(state->second); error != 0) return error;
    *content = attribute == "outblob" ? state->second.report : table_;
  }
  return 0;
}

int SimulatedTsm::WriteText(const std::string& entry, std::string_view attribute, std::string_view text) {
  const std::lock_guard guard(*lock_);
  const auto state = entries_.find(entry);
  if (state == entries_.end()) return ENOENT;
  if (!HasAttribute(attribute)) return ENOENT;
  if (attribute != "privlevel") return EACCES;
  std::uint32_t level = 0;
  if (const int error = ParseUnsigned(std::string(text), &level); error != 0) return error;
  if (level > kPrivilegeLevelMaximum) return EINVAL;
  state->second.privlevel = level;
  ++state->second.generation;
  return 0;
}

void SimulatedTsm::CommitInblob(const std::string& entry, ByteSpan inblob) {
  CHECK(inblob.size() <= kTsmInblobSize);
  const std::lock_guard guard(*lock_);
  const auto state = entries_.find(entry);
  if (state == entries_.end()) return;
  state->second.inblob = ToBytes(inblob);
  ++state->second.generation;
}

Result<void> SimulatedTsmEntries::Make(const std::string& entry) { return FromErrno(tsm_.Make(entry)); }
Result<void> SimulatedTsmEntries::Remove(const std::string& entry) { return FromErrno(tsm_.Remove(entry)); }

Result<Bytes> SimulatedTsmEntries::Read(const std::string& entry, const std::string& attribute, std::size_t maximum) {
  Bytes content;
  TRY(FromErrno(tsm_.Read(entry, attribute, &content)));
  if (content.size() > maximum) return Error(ErrorCode::kLimit, "SIMULATED configfs-tsm: " + attribute + " is too long");
  return content;
}

Result<void> SimulatedTsmEntries::Write(const std::string& entry, const std::string& attribute, ByteSpan content) {
  if (attribute != "inblob") return FromErrno(tsm_.WriteText(entry, attribute, AsText(content)));
  if (content.size() > kTsmInblobSize) return FromErrno(EFBIG);
  if (!tsm_.Has(entry)) return FromErrno(ENOENT);
  tsm_.CommitInblob(entry, content);
  return {};
}

}  // namespace cloister::attester
