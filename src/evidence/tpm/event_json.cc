#include "evidence/tpm/event_json.h"

#include <algorithm>

#include "base/byte_reader.h"
#include "evidence/tpm/internal/efi.h"
#include "formats/utf8.h"

namespace cloister::evidence {
namespace {

using formats::Json;

struct NamedType {
  std::uint32_t type;
  std::string_view name;
};

// TCG PC Client Platform Firmware Profile 1.06, table 27.
constexpr NamedType kTypes[] = {
    {0x0, "EV_PREBOOT_CERT"},
    {0x1, "EV_POST_CODE"},
    {0x2, "EV_UNUSED"},
    {0x3, "EV_NO_ACTION"},
    {0x4, "EV_SEPARATOR"},
    {0x5, "EV_ACTION"},
    {0x6, "EV_EVENT_TAG"},
    {0x7, "EV_S_CRTM_CONTENTS"},
    {0x8, "EV_S_CRTM_VERSION"},
    {0x9, "EV_CPU_MICROCODE"},
    {0xA, "EV_PLATFORM_CONFIG_FLAGS"},
    {0xB, "EV_TABLE_OF_DEVICES"},
    {0xC, "EV_COMPACT_HASH"},
    {0xD, "EV_IPL"},
    {0xE, "EV_IPL_PARTITION_DATA"},
    {0xF, "EV_NONHOST_CODE"},
    {0x10, "EV_NONHOST_CONFIG"},
    {0x11, "EV_NONHOST_INFO"},
    {0x12, "EV_OMIT_BOOT_DEVICE_EVENTS"},
    {0x13, "EV_POST_CODE2"},
    {0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG"},
    {0x80000002, "EV_EFI_VARIABLE_BOOT"},
    {0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION"},
    {0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER"},
    {0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER"},
    {0x80000006, "EV_EFI_GPT_EVENT"},
    {0x80000007, "EV_EFI_ACTION"},
    {0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB"},
    {0x80000009, "EV_EFI_HANDOFF_TABLES"},
    {0x8000000A, "EV_EFI_PLATFORM_FIRMWARE_BLOB2"},
    {0x8000000B, "EV_EFI_HANDOFF_TABLES2"},
    {0x8000000C, "EV_EFI_VARIABLE_BOOT2"},
    {0x8000000D, "EV_EFI_GPT_EVENT2"},
    {0x80000010, "EV_EFI_HCRTM_EVENT"},
    {0x800000E0, "EV_EFI_VARIABLE_AUTHORITY"},
    {0x800000E1, "EV_EFI_SPDM_FIRMWARE_BLOB"},
    {0x800000E2, "EV_EFI_SPDM_FIRMWARE_CONFIG"},
};

using Details = Result<Json>;

std::string Utf8Or(ByteSpan bytes, std::string otherwise) {
  return formats::IsUtf8(AsText(bytes)) ? std::string(AsText(bytes)) : otherwise;
}

Result<std::string> Text(ByteSpan bytes) {
  if (!formats::IsUtf8(AsText(bytes))) return Error(ErrorCode::kMalformed, "expected text");
  return std::string(AsText(bytes));
}

std::string Without(std::string text, auto unwanted) {
  std::erase_if(text, unwanted);
  return text;
}

Details PlainText(ByteSpan data) {
  std::string text = TRY(Text(data));
  return Json(Json::Object{{"string", std::move(text)}});
}

// UEFI_PLATFORM_FIRMWARE_BLOB2 and UEFI_HANDOFF_TABLE_POINTERS2: a counted text that ends in NUL comes first.
Details CountedText(ByteSpan data) {
  ByteReader reader(data);
  const auto size = TRY(reader.Le<std::uint8_t>());
  std::string text = TRY(Text(TRY(reader.Take(size))));
  if (!text.empty()) text.pop_back();
  return Json(Json::Object{{"string", std::move(text)}});
}

// Firmware writes flags or a kernel's command line, with numbers between them.
Details ConfigFlags(ByteSpan data) {
  std::string text = Utf8Or(data, "");
  std::replace(text.begin(), text.end(), '\x10', ' ');
  text = Without(std::move(text), [](char c) { return (static_cast<unsigned char>(c) < 0x20) || c == '\x7F'; });
  return Json(Json::Object{{"string", std::move(text)}});
}

// Loaders write text that ends in NUL; Google's firmware writes UTF-16 with a '.' before it.
Details LoaderText(ByteSpan data) {
  if (data.size() >= 4 && data[0] == 0x2E && data[1] == 0) {
    return Json(Json::Object{{"string", internal::Utf8FromUtf16Le(data.subspan(2, data.size() - 4))}});
  }
  const ByteSpan text = data.first(static_cast<std::size_t>(std::find(data.begin(), data.end(), 0) - data.begin()));
  return Json(Json::Object{{"string", Utf8Or(text, ToHex(data))}});
}

std::string GuidBytes(const internal::EfiGuid& guid) {
  std::string hex = ToHex(guid);
  for (const std::size_t place : {8, 13, 18, 23}) hex.insert(place, "-");
  return hex;
}

Details Variable(ByteSpan data) {
  const internal::EfiVariable variable = TRY(internal::ParseEfiVariable(data));
  return Json(Json::Object{{"unicode_name", variable.name},
                           {"unicode_name_length", variable.name_length},
                           {"variable_data", ToBase64(variable.data)},
                           {"variable_data_length", variable.data.size()},
                           {"variable_name", GuidBytes(variable.guid)}});
}

// UEFI_IMAGE_LOAD_EVENT: address, length, link address, length of the device path, the path.
Details LoadedImage(ByteSpan data) {
  ByteReader reader(data);
  TRY(reader.Take(24));
  const auto size = TRY(reader.Le<std::uint64_t>());
  if (size == 0) return Json(Json::Object{});
  if (size > reader.left()) return Error(ErrorCode::kMalformed, "the device path is cut");
  Json::Array nodes;
  for (std::string& node : TRY(internal::DevicePathText(TRY(reader.Take(static_cast<std::size_t>(size)))))) {
    nodes.emplace_back(std::move(node));
  }
  return Json(Json::Object{{"device_paths", std::move(nodes)}});
}

// An entry that the attestation agent of Confidential Containers wrote: "domain operation content".
void AddAgentEntry(Json& details, const std::string& text) {
  const std::size_t first = text.find(' ');
  const std::size_t second = first == std::string::npos ? first : text.find(' ', first + 1);
  if (second == std::string::npos) return;
  const std::string content = text.substr(second + 1);
  auto parsed = Json::Parse(content);
  details.Set("unicode_name", "AAEL");
  details.Set("data", Json::Object{{"domain", text.substr(0, first)},
                                   {"operation", text.substr(first + 1, second - first - 1)},
                                   {"content", parsed ? *std::move(parsed) : Json(content)}});
}

// TCG_PCClientTaggedEvent.
Details Tagged(ByteSpan data) {
  ByteReader reader(data);
  const ByteSpan tag = TRY(reader.Take(4));
  const auto size = TRY(reader.Le<std::uint32_t>());
  if (size > reader.left()) return Error(ErrorCode::kMalformed, "the tagged event is cut");
  const std::string text = Without(TRY(Text(TRY(reader.Take(size)))), [](char c) { return c == '\0'; });
  Json details = Json::Object{{"string", text}};
  if (AsText(tag) == "LEAA") AddAgentEntry(details, text);  // "AAEL", little-endian
  return details;
}

Details DetailsOf(const LoggedEvent& event) {
  switch (event.type) {
    case 0x1:         // EV_POST_CODE
    case 0x5:         // EV_ACTION
    case 0x80000007:  // EV_EFI_ACTION
      return PlainText(event.data);
    case kEvEventTag:
      return Tagged(event.data);
    case kEvPlatformConfigFlags:
      return ConfigFlags(event.data);
    case kEvIpl:
      return LoaderText(event.data);
    case kEvEfiVariableDriverConfig:
    case kEvEfiVariableBoot:
    case 0x8000000C:
    case 0x800000E0:
      return Variable(event.data);
    case 0x80000003:
    case 0x80000004:
    case 0x80000005:
      return LoadedImage(event.data);
    case 0x8000000A:
    case 0x8000000B:
      return CountedText(event.data);
    default:
      return Json(Json::Object{});
  }
}

Json EventJson(const LoggedEvent& event) {
  Json::Array digests;
  for (const LoggedDigest& digest : event.digests) {
    digests.push_back(Json::Object{{"alg", PcrBankName(digest.bank)}, {"digest", ToHex(digest.digest)}});
  }
  auto details = DetailsOf(event);
  return Json::Object{{"index", event.index},
                      {"type_name", EventTypeName(event.type)},
                      {"digest_matches_event", DigestOf(event) == DigestSource::kEvent},
                      {"digests", std::move(digests)},
                      {"event", ToBase64(event.data)},
                      {"details", details ? *std::move(details) : Json(Json::Object{})}};
}

}  // namespace

std::string EventTypeName(std::uint32_t type) {
  const auto* found =
      std::find_if(std::begin(kTypes), std::end(kTypes), [type](const auto& t) { return t.type == type; });
  if (found != std::end(kTypes)) return std::string(found->name);
  Bytes big_endian;
  AppendBe(big_endian, type);
  return "0x" + ToHex(big_endian);
}

Json UefiEventLogs(const EventLog& log) {
  Json::Array events;
  events.reserve(log.events.size());
  for (const LoggedEvent& event : log.events) events.push_back(EventJson(event));
  return events;
}

}  // namespace cloister::evidence
