#include "simulator/run.h"

#include <charconv>
#include <istream>
#include <ostream>

#include "base/file.h"
#include "evidence/snp/json.h"
#include "simulator/launch.h"
#include "simulator/machine.h"
#include "simulator/options.h"
#include "simulator/processor_folder.h"

namespace cloister::simulator {
namespace {

using evidence::SimulatedSnpOptions;
using formats::Json;

constexpr int kUsage = 2;
constexpr int kFailure = 3;
constexpr std::size_t kMaximumInitData = std::size_t{1} << 20;

constexpr std::string_view kHelp = R"(cloister-simulator: SIMULATED hardware. Nothing that it signs proves anything.

  init --dir DIR [--product Milan|Genoa|Turin] [--tcb BOOTLOADER.TEE.SNP.MICROCODE|old] [--expired] [--revoked]
       [--rsa-bits N]
      Makes a SIMULATED processor with roots of its own: keys, certificates, revocation list, anchors.json.
      --tcb old, --expired (VCEK) and --revoked (ASK) make evidence that a verifier should refuse.
  measure [--env NAME=VALUE]… [--file PATH]… -- PROGRAM ARGUMENTS…
      Prints the MEASUREMENT of a guest as JSON.
  launch --dir DIR --init-data FILE [--data FOLDER] [--out FOLDER] [--relay NAME=HOST:PORT]… [--env NAME=VALUE]…
         [--file PATH]… [--debug-guest] [--times FILE] -- PROGRAM ARGUMENTS…
      Runs PROGRAM as a guest: own namespaces, only its program, loader, libraries and --file files, /init-data.toml,
      FOLDERs at /data (read-only) and /out, relays at /net/NAME.sock, and a report device at
      /sys/kernel/config/tsm/report. Exits with the guest's status. --times writes when what happened, for benchmarks.
  sign --dir DIR --measurement HEX --host-data HEX --report-data HEX
      Prints the evidence of a guest that was never launched, as the KBS protocol's JSON: what an attacker who owned the
      hardware could make.
  machine --nonce HEX --out DIR [--cpu KIND] [--gpus N] [--switches N] [--init-data FILE] [--fault NAME]
      KIND: snp, tdx, sgx, cca, nitro, tpm, gcp-vtpm, az-snp-vtpm, az-tdx-vtpm.
      Writes what such a machine would show for the nonce, with the collateral that verifying it takes and the roots, to DIR,
      and prints the command that verifies it. A fault is one thing wrong with it.
  agent --out DIR [--cpu KIND] [--gpus N] [--switches N] [--init-data FILE] [--fault NAME]
      The same machine, asked again and again: collateral and roots go to DIR, broker.json with them; then each line of standard
      input, {"nonce": text, "tee-pubkey": JWK} as a guest of the KBS protocol has them, is answered by a line with the statement.
  faults
      Lists the faults, and whether a verifier refuses them or leaves them to its policy.

Exit status: 0 done, 2 usage, 3 failure (the message says what is missing).
)";

Result<evidence::SnpTcb> ParseTcb(const std::string& text, evidence::SnpProduct product) {
  const std::uint8_t fmc = product == evidence::SnpProduct::kTurin ? 1 : 0;
  if (text == "old") return evidence::SnpTcb{.fmc = fmc, .bootloader = 2, .tee = 0, .snp = 5, .microcode = 68};
  std::uint8_t parts[4] = {};
  const char* at = text.data();
  const char* const end = text.data() + text.size();
  for (int i = 0; i < 4; ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    if (error != std::errc() || (i < 3 ? next == end || *next != '.' : next != end)) {
      return Error(ErrorCode::kUsage, "--tcb: expected four numbers of 0 to 255 with dots between, or old");
    }
    at = next + 1;
  }
  return evidence::SnpTcb{.fmc = fmc, .bootloader = parts[0], .tee = parts[1], .snp = parts[2], .microcode = parts[3]};
}

Result<unsigned> ParseBits(const std::string& text) {
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
  if (error != std::errc() || end != text.data() + text.size()) return Error(ErrorCode::kUsage, "--rsa-bits: no number");
  return bits;
}

Result<int> Initialize(const Options& options, std::ostream& out) {
  const auto product = evidence::SnpProductFromName(options.Or("--product", "Milan"));
  if (!product) return Error(ErrorCode::kUsage, "--product: expected Milan, Genoa or Turin");
  const Time now = SystemClock().Now();
  SimulatedSnpOptions processor_options{.product = *product,
                                        .tcb = TRY(ParseTcb(options.Or("--tcb", "4.0.24.219"), *product)),
                                        .not_before = now - std::chrono::days(30),
                                        .not_after = now + std::chrono::days(3650),
                                        .vcek_not_after = now + std::chrono::days(7 * 365),
                                        .rsa_bits = TRY(ParseBits(options.Or("--rsa-bits", "4096"))),
                                        .revoke_ask = options.Has("--revoked")};
  if (options.Has("--expired")) processor_options.vcek_not_after = now - std::chrono::hours(1);
  const std::filesystem::path folder = TRY(options.Required("--dir"));
  const auto processor = TRY(evidence::SimulatedSnpProcessor::Make(processor_options, crypto::SystemRandom()));
  TRY(SaveProcessor(processor, folder));
  out << Json(Json::Object{{"SIMULATED", true},
                           {"product", evidence::SnpProductName(processor.product)},
                           {"root_sha256", ToHex(processor.ark.Fingerprint())},
                           {"chip_id", ToHex(processor.chip_id)},
                           {"anchors", (folder / "anchors.json").string()}})
             .Pretty();
  return 0;
}

Result<GuestImage> ImageOf(const Options& options) {
  if (options.rest.empty()) return Error(ErrorCode::kUsage, "expected -- PROGRAM ARGUMENTS…");
  std::vector<std::filesystem::path> extra;
  for (const std::string& path : options.All("--file")) extra.emplace_back(path);
  return LoadGuestImage(options.rest[0], std::span(options.rest).subspan(1), options.All("--env"), extra);
}

Result<int> Measure(const Options& options, std::ostream& out) {
  const GuestImage image = TRY(ImageOf(options));
  Json json = image.Description();
  json.Set("SIMULATED", true);
  json.Set("measurement", ToHex(TRY(image.Measurement())));
  out << json.Pretty();
  return 0;
}

Result<int> LaunchGuest(const Options& options, std::ostream& err) {
  const std::filesystem::path folder = TRY(options.Required("--dir"));
  const std::filesystem::path init_data = TRY(options.Required("--init-data"));
  std::unique_ptr<LaunchTimes> times;
  if (options.Has("--times")) times = TRY(LaunchTimes::Create(TRY(options.Required("--times"))));
  if (times) times->Mark("launch");
  const GuestImage image = TRY(ImageOf(options));
  const auto processor = TRY(LoadProcessor(folder));
  LaunchOptions launch{.init_data = TRY(ReadFile(init_data, kMaximumInitData)),
                       .data = options.Or("--data", ""),
                       .out = options.Or("--out", ""),
                       .relays = {},
                       .debug_guest = options.Has("--debug-guest"),
                       .times = times.get()};
  for (const std::string& relay : options.All("--relay")) launch.relays.push_back(TRY(ParseRelay(relay)));
  err << "SIMULATED launch: measurement " << ToHex(TRY(image.Measurement())) << ", host data "
      << ToHex(crypto::Sha256(launch.init_data)) << std::endl;
  return Launch(processor, image, launch, crypto::SystemRandom());
}

Result<int> SignEvidence(const Options& options, std::ostream& out) {
  const auto processor = TRY(LoadProcessor(TRY(options.Required("--dir"))));
  evidence::SimulatedSnpGuest guest;
  guest.measurement = TRY_WITH("--measurement", ToArray<48>(TRY(FromHex(TRY(options.Required("--measurement"))))));
  guest.host_data = TRY_WITH("--host-data", ToArray<32>(TRY(FromHex(TRY(options.Required("--host-data"))))));
  const auto report_data = TRY_WITH("--report-data", ToArray<64>(TRY(FromHex(TRY(options.Required("--report-data"))))));
  const evidence::SnpEvidence signed_evidence{processor.Sign(processor.Report(guest, report_data, 0)), processor.Certificates()};
  out << TRY(evidence::SnpEvidenceToJson(signed_evidence)).Dump() << "\n";
  return 0;
}

Result<std::size_t> ParseCount(const Options& options, const std::string& name) {
  const std::string text = options.Or(name, "0");
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) return Error(ErrorCode::kUsage, name + ": no number");
  return count;
}

Result<void> SaveMachine(const ShownMachine& machine, const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::create_directories(folder / "collateral", error)) {
    return Error(ErrorCode::kConflict, folder.string() + ": expected to make this folder with a collateral folder in it: " +
                                           (error ? error.message() : "they are there already"));
  }
  TRY(WriteFile(folder / "anchors.json", AsBytes(machine.anchors.ToJson()), FileMode::kPublic));
  for (const auto& [name, content] : machine.collateral) TRY(WriteFile(folder / "collateral" / name, content, FileMode::kPublic));
  return {};
}

Result<MachineOptions> MachineFrom(const Options& options) {
  const auto cpu = evidence::EvidenceKindFromName(options.Or("--cpu", "snp"));
  if (!cpu) return Error(ErrorCode::kUsage, "--cpu: expected " + SimulatedCpuNames());
  MachineOptions machine{.cpu = *cpu, .fault = options.Or("--fault", "")};
  machine.gpus = TRY(ParseCount(options, "--gpus"));
  machine.switches = TRY(ParseCount(options, "--switches"));
  if (options.Has("--init-data")) machine.init_data = TRY(ReadTextFile(TRY(options.Required("--init-data")), kMaximumInitData));
  return machine;
}

Result<int> MakeMachine(const Options& options, std::ostream& out) {
  MachineOptions machine = TRY(MachineFrom(options));
  machine.nonce = TRY_WITH("--nonce", FromHex(TRY(options.Required("--nonce"))));
  const std::filesystem::path folder = TRY(options.Required("--out"));
  const ShownMachine shown = TRY(ShowMachine(machine, SystemClock().Now(), crypto::SystemRandom()));
  const auto evidence_file = folder / (machine.cpu == evidence::EvidenceKind::kNitro ? "document.cose" : "statement.json");
  TRY(SaveMachine(shown, folder));
  TRY(WriteFile(evidence_file, shown.evidence, FileMode::kPublic));
  out << "SIMULATED machine in " << folder.string() << "; it is verified by\n  cloister evidence verify " << evidence_file.string() << " --nonce "
      << ToHex(machine.nonce) << " \\\n    --collateral " << (folder / "collateral").string();
  if (machine.gpus > 0) out << " \\\n    --devices nvidia-gpu=" << machine.gpus;
  if (machine.switches > 0) out << " --devices nvidia-switch=" << machine.switches;
  if (!shown.roots.empty()) out << " \\\n    --simulated-anchors " << (folder / "anchors.json").string();
  for (const auto& root : shown.roots) out << " \\\n    --accept-simulated " << ToHex(root);
  out << "\n";
  return 0;
}

// What a broker's settings say to take the machine: its roots, named one by one, and its collateral.
Json BrokerSettingsFor(const ShownMachine& machine, const std::filesystem::path& folder) {
  Json::Array roots;
  for (const auto& root : machine.roots) roots.emplace_back(ToHex(root));
  Json settings = Json::Object{{"collateral", Json::Array{(folder / "collateral").string()}}};
  if (roots.empty()) return settings;
  settings.Set("simulated_anchors", (folder / "anchors.json").string());
  settings.Set("accept_simulated", std::move(roots));
  return settings;
}

Result<Bytes> AnswerOf(SimulatedMachine& machine, const std::string& line) {
  const Json question = TRY(Json::Parse(line));
  const auto key = TRY_WITH("tee-pubkey", token::TeePublicKey::FromJwk(*TRY(question.Get("tee-pubkey"))));
  return TRY(machine.Show(TRY(question.GetString("nonce")), key)).evidence;
}

Result<int> ServeAgent(const Options& options, std::istream& in, std::ostream& out, std::ostream& err) {
  const std::filesystem::path folder = std::filesystem::absolute(TRY(options.Required("--out")));
  auto machine = TRY(SimulatedMachine::Make(TRY(MachineFrom(options)), SystemClock().Now(), crypto::SystemRandom()));
  const ShownMachine first = TRY(machine.Show("", token::TeePrivateKey::Generate().Public()));
  TRY(SaveMachine(first, folder));
  TRY(WriteFile(folder / "broker.json", AsBytes(BrokerSettingsFor(first, folder).Pretty()), FileMode::kPublic));
  err << "SIMULATED machine, its roots and collateral in " << folder.string() << std::endl;
  for (std::string line; std::getline(in, line);) out << AsText(TRY_WITH("standard input", AnswerOf(machine, line))) << std::endl;
  return 0;
}

Result<int> ListFaults(std::ostream& out) {
  for (const MachineFault& fault : MachineFaults()) {
    out << fault.name << std::string(24 - fault.name.size(), ' ') << (fault.is == FaultIs::kRefused ? "refused     " : "for policy  ")
        << fault.what << "\n";
  }
  return 0;
}

Result<int> Dispatch(const std::string& command, std::span<const std::string> arguments, std::istream& in, std::ostream& out,
                     std::ostream& err) {
  using enum OptionKind;
  if (command == "init") {
    return Initialize(TRY(Options::Parse(arguments, {{"--dir", kOnce}, {"--product", kOnce}, {"--tcb", kOnce},
                                                     {"--expired", kFlag}, {"--revoked", kFlag}, {"--rsa-bits", kOnce}})),
                      out);
  }
  if (command == "measure") {
    return Measure(TRY(Options::Parse(arguments, {{"--env", kRepeated}, {"--file", kRepeated}})), out);
  }
  if (command == "launch") {
    return LaunchGuest(TRY(Options::Parse(arguments, {{"--dir", kOnce}, {"--init-data", kOnce}, {"--data", kOnce},
                                                      {"--out", kOnce}, {"--relay", kRepeated}, {"--env", kRepeated},
                                                      {"--file", kRepeated}, {"--debug-guest", kFlag}, {"--times", kOnce}})),
                       err);
  }
  if (command == "sign") {
    return SignEvidence(TRY(Options::Parse(arguments, {{"--dir", kOnce}, {"--measurement", kOnce}, {"--host-data", kOnce},
                                                       {"--report-data", kOnce}})),
                        out);
  }
  if (command == "machine") {
    return MakeMachine(TRY(Options::Parse(arguments, {{"--cpu", kOnce}, {"--gpus", kOnce}, {"--switches", kOnce}, {"--nonce", kOnce},
                                                      {"--init-data", kOnce}, {"--fault", kOnce}, {"--out", kOnce}})),
                       out);
  }
  if (command == "agent") {
    return ServeAgent(TRY(Options::Parse(arguments, {{"--cpu", kOnce}, {"--gpus", kOnce}, {"--switches", kOnce}, {"--init-data", kOnce},
                                                     {"--fault", kOnce}, {"--out", kOnce}})),
                      in, out, err);
  }
  if (command == "faults") {
    TRY(Options::Parse(arguments, {}));
    return ListFaults(out);
  }
  return Error(ErrorCode::kUsage, "expected init, measure, launch, sign, machine, agent or faults");
}

}  // namespace

int Run(std::span<const std::string> arguments, std::istream& in, std::ostream& out, std::ostream& err) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    (arguments.empty() ? err : out) << kHelp;
    return arguments.empty() ? kUsage : 0;
  }
  const auto status = Dispatch(arguments[0], arguments.subspan(1), in, out, err);
  if (status) return *status;
  err << "cloister-simulator (SIMULATED): " << status.error().ToText() << "\n";
  return status.error().code() == ErrorCode::kUsage ? kUsage : kFailure;
}

}  // namespace cloister::simulator
