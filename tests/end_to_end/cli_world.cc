#include "end_to_end/cli_world.h"

#include <cstdlib>
#include <iostream>

#include "base/file.h"

namespace cloister::cli_tests {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds kPatience{60'000};
const fs::path kPrograms = CLOISTER_PROGRAM_DIR;

constexpr const char* kSchema = R"({"format": "csv", "header": true, "rows": 3, "fields": [
  {"name": "person", "type": "text", "class": "identifier"},
  {"name": "age", "type": "number", "class": "feature", "bounds": [0, 120], "typical": 40},
  {"name": "ill", "type": "integer", "class": "label", "bounds": [0, 1]}]})";

}  // namespace

Ran RunProgram(const fs::path& program, const std::vector<std::string>& arguments) {
  const auto folder = commands::TemporaryFolder::Make();
  CHECK(folder);
  const fs::path errors = folder->path() / "stderr";
  auto process = commands::Process::Start({program, arguments, errors});
  if (!process) return {-1, "", process.error().ToText()};
  Ran ran;
  for (;;) {
    const auto line = process->ReadLine(kPatience);
    if (!line) break;
    ran.out += *line + "\n";
  }
  const auto ended = process->Wait(kPatience);
  ran.code = ended ? ended->code : -1;
  ran.err = ReadText(errors);
  return ran;
}

Ran Cloister(const std::vector<std::string>& arguments) { return RunProgram(kPrograms / "cloister", arguments); }

void WriteText(const fs::path& file, std::string_view text, bool only_owner) {
  CHECK(WriteFile(file, AsBytes(text), only_owner ? FileMode::kPrivate : FileMode::kPublic));
}

std::string ReadText(const fs::path& file) {
  const auto text = ReadTextFile(file, 16u << 20);
  return text ? *text : "";
}

const CliWorld& CliWorld::Get() {
  static const CliWorld world;
  return world;
}

CliWorld::CliWorld() {
  auto folder = commands::TemporaryFolder::Make();
  CHECK(folder);
  folder_.emplace(std::move(*folder));
  WriteText(At("pass"), "correct horse\n", true);
  WriteText(At("pass-wrong"), "battery staple\n", true);
  StartLedger();
  MakeParties();
  SealData();
  MakeContract();
}

// Setting up is not what is tested: nothing can go on without it.
void CliWorld::Must(const std::vector<std::string>& arguments) {
  const Ran ran = Cloister(arguments);
  if (ran.code == 0) return;
  std::cerr << "set-up of the test failed:";
  for (const std::string& argument : arguments) std::cerr << " " << argument;
  std::cerr << "\n" << ran.err << std::endl;
  std::abort();
}

void CliWorld::StartLedger() {
  auto ledger = commands::Process::Start({kPrograms / "cloister-ledger",
                                          {"--dir", At("ledger"), "--origin", "ledger.example/cli", "--card", At("ledger.json")},
                                          At("ledger.log")});
  CHECK(ledger);
  ledger_.emplace(std::move(*ledger));
  const auto ready = ledger_->ReadLine(kPatience);
  CHECK(ready && ready->starts_with("ready "));
}

void CliWorld::MakeParties() {
  for (const auto& [name, role] : std::vector<std::pair<std::string, std::string>>{
           {"bank", "tdp"}, {"lab", "tdc"}, {"cloud", "ccrp"}, {"sro", "sro"}}) {
    Must({"party", "init", "--dir", At(name), "--did", "did:web:" + name + ".example", "--role", role, "--passphrase-file", At("pass")});
  }
}

void CliWorld::SealData() {
  WriteText(At("people.csv"), "person,age,ill\na,30,0\nb,40,1\nc,50,0\n");
  WriteText(At("pipeline.json"), "{}");
  WriteText(At("schema.json"), kSchema);
  const auto card = commands::LoadPartyCard(At("bank"));
  CHECK(card);
  for (const std::string& name : {std::string("people.csv"), std::string("pipeline.json")}) {
    Must({"data", "seal", "--recipient", card->recipient, At(name), "-o", At(name + ".age"), "--record", At(name + ".record")});
  }
  Must({"data", "describe", "--record", At("people.csv.record"), "--schema", At("schema.json"), "--provider", At("bank"), "--name",
        "people", "--owner", "bank", "--url", "https://data.bank.example/people.csv.age", "--resource", "data/people/v1",
        "--principal-column", "person", "--account", "people-of-bank", "-o", At("people.json")});
  Must({"data", "describe", "--record", At("pipeline.json.record"), "--provider", At("lab"), "--name", "pipeline", "--owner", "lab",
        "--url", "https://data.lab.example/pipeline.json.age", "--resource", "data/pipeline/v1", "-o", At("plan.json")});
}

void CliWorld::MakeContract() {
  Must({"contract", "new", "--party", At("bank/party.json"), At("lab/party.json"), At("cloud/party.json"), At("sro/party.json"),
        "--dataset", At("people.json"), At("plan.json"), "--ledger", At("ledger.json"), "--pipeline-sha256", std::string(64, 'a'),
        "--epsilon", "1", "--delta", "1e-5", "--total-epsilon", "3", "--total-delta", "3e-5", "--root", std::string(64, 'b'), "-o",
        At("contract.json")});
  fs::create_directory(At("signatures"));
  for (const std::string& name : {std::string("bank"), std::string("lab"), std::string("cloud")}) {
    Must({"contract", "sign", "--party", At(name), "--passphrase-file", At("pass"), At("contract.json"), "-o",
          At("signatures/" + name + ".cose"), "--ledger", At("ledger.json"), "--receipt", At(name + ".receipt")});
  }
  Must({"certify", "--party", At("sro"), "--passphrase-file", At("pass"), "--measurement", std::string(96, 'c'), "-o",
        At("certification.cose")});
  Must({"run", "request", "--party", At("lab"), "--passphrase-file", At("pass"), "--contract", At("contract.json"), "-o",
        At("run-request.cose")});
  Must({"room", "init-data", "--contract", At("contract.json"), "--run-request", At("run-request.cose"), "--ledger",
        At("ledger.json"), "--broker", "did:web:bank.example=https://127.0.0.1:9", "did:web:lab.example=https://127.0.0.1:10", "-o",
        At("init-data.toml")});
}

}  // namespace cloister::cli_tests
