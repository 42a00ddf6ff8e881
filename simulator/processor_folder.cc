#include "simulator/processor_folder.h"

#include "base/file.h"
#include "formats/json.h"

namespace cloister::simulator {
namespace {

using evidence::SimulatedSnpProcessor;
using formats::Json;

constexpr std::size_t kMaximumFile = std::size_t{1} << 20;

Json TcbToJson(const evidence::SnpTcb& tcb) {
  return Json::Object{{"fmc", tcb.fmc}, {"bootloader", tcb.bootloader}, {"tee", tcb.tee}, {"snp", tcb.snp},
                      {"microcode", tcb.microcode}};
}

Result<evidence::SnpTcb> TcbFromJson(const Json& json) {
  const auto part = [&](std::string_view name) -> Result<std::uint8_t> {
    return static_cast<std::uint8_t>(TRY(json.GetIntIn(name, 0, 255)));
  };
  return evidence::SnpTcb{.fmc = TRY(part("fmc")), .bootloader = TRY(part("bootloader")), .tee = TRY(part("tee")),
                          .snp = TRY(part("snp")), .microcode = TRY(part("microcode"))};
}

}  // namespace

Result<void> SaveProcessor(const SimulatedSnpProcessor& processor, const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error(ErrorCode::kIo, folder.string() + ": " + error.message());
  if (std::filesystem::exists(folder / "processor.json")) {
    return Error(ErrorCode::kConflict, folder.string() + " holds a SIMULATED processor already");
  }
  TRY(WriteFile(folder / "ark.der", processor.ark.Der(), FileMode::kPublic));
  TRY(WriteFile(folder / "ask.der", processor.ask.Der(), FileMode::kPublic));
  TRY(WriteFile(folder / "vcek.der", processor.vcek.Der(), FileMode::kPublic));
  TRY(WriteFile(folder / "crl.der", processor.crl.Der(), FileMode::kPublic));
  const SecretBytes key = processor.vcek_key.ToPem();
  TRY(WriteFile(folder / "vcek.key", key.ExposeSecret(), FileMode::kPrivate));
  TRY(WriteFile(folder / "anchors.json", AsBytes(processor.Anchors().ToJson()), FileMode::kPublic));
  const Json description = Json::Object{{"SIMULATED", true},
                                        {"product", evidence::SnpProductName(processor.product)},
                                        {"tcb", TcbToJson(processor.tcb)},
                                        {"chip_id", ToHex(processor.chip_id)}};
  return WriteFile(folder / "processor.json", AsBytes(description.Pretty()), FileMode::kPublic);
}

Result<SimulatedSnpProcessor> LoadProcessor(const std::filesystem::path& folder) {
  using crypto::Certificate;
  const auto read = [&](const char* name) { return ReadFile(folder / name, kMaximumFile); };
  const Json json = TRY_WITH("processor.json", Json::Parse(TRY(ReadTextFile(folder / "processor.json", kMaximumFile))));
  const SecretBytes key = TRY(ReadSecretFile(folder / "vcek.key", kMaximumFile));
  // Not within the braces below: g++ 12 does not destroy what was initialized before a TRY in there fails.
  const auto product = TRY(evidence::SnpProductFromName(TRY(json.GetString("product"))));
  const auto tcb = TRY_WITH("processor.json", TcbFromJson(*TRY(json.GetObject("tcb"))));
  const auto chip_id = TRY(ToArray<64>(TRY(FromHex(TRY(json.GetString("chip_id"))))));
  auto ark = TRY_WITH("ark.der", Certificate::ParseDer(TRY(read("ark.der"))));
  auto ask = TRY_WITH("ask.der", Certificate::ParseDer(TRY(read("ask.der"))));
  auto vcek = TRY_WITH("vcek.der", Certificate::ParseDer(TRY(read("vcek.der"))));
  auto crl = TRY_WITH("crl.der", crypto::Crl::ParseDer(TRY(read("crl.der"))));
  auto vcek_key = TRY_WITH("vcek.key", crypto::SigningKey::FromPem(key.ExposeSecret()));
  return SimulatedSnpProcessor{.product = product, .tcb = tcb, .chip_id = chip_id, .ark = std::move(ark),
                               .ask = std::move(ask), .vcek = std::move(vcek), .crl = std::move(crl),
                               .vcek_key = std::move(vcek_key)};
}

}  // namespace cloister::simulator
