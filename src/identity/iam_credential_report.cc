// The credential report: a row for the account's root and for each user, as CSV
// (docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html).
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "identity/entities.h"
#include "identity/iam_error.h"
#include "identity/iam_operations.h"

namespace sagebrush::identity {
namespace {

constexpr std::string_view kReportKind = "iam-credential-report";
constexpr std::chrono::hours kReportKept{4};  // What is younger is not made anew.
constexpr std::string_view kNone = "N/A";

constexpr const char* kColumns =
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

std::string TimeText(Time time) { return ToIso8601(time).substr(0, 19) + "+00:00"; }

void AppendKey(const Identity& identity, const std::string& id, std::vector<std::string>& row) {
  const auto key = id.empty() ? nullptr : identity.store().Get(EntityKey(kAccessKeyKind, "", id));
  if (key == nullptr) {
    row.insert(row.end(), {"false", std::string(kNone), std::string(kNone), std::string(kNone), std::string(kNone)});
    return;
  }
  const LastUses::Use use = identity.last_uses().Last(id);
  const bool used = use.time.milliseconds != 0;
  row.insert(row.end(), {GetString(key->spec, "Status") == "Active" ? "true" : "false", TimeText(key->created),
                         used ? TimeText(use.time) : std::string(kNone), used ? use.region : std::string(kNone),
                         used ? use.service : std::string(kNone)});
}

// `password`: what the column password_enabled says. Nobody has a password, a second factor or a certificate.
std::string Row(const Identity& identity, const std::string& user, const std::string& arn,
                const store::Resource& document, const char* password) {
  const std::string none(kNone);
  std::vector<std::string> row{user, arn, TimeText(document.created), password, none, none, none, "false"};
  auto keys = NamesIn(document.spec, "AccessKeys");
  keys.resize(2);
  for (const auto& id : keys) AppendKey(identity, id, row);
  row.insert(row.end(), {"false", none, "false", none});
  return fmt::format("{}\n", fmt::join(row, ","));
}

std::string MakeReport(const Identity& identity, const std::string& account) {
  std::string report = std::string(kColumns) + "\n";
  const auto root = identity.store().Get(EntityKey(kAccountKind, account, account));
  if (root != nullptr) report += Row(identity, "<root_account>", RootArn(account), *root, "not_supported");
  for (const auto& user : ListDocuments(identity, kUserKind, account)) {
    report += Row(identity, user->key.name, GetString(user->spec, "Arn"), *user, "false");
  }
  report.pop_back();
  return report;
}

Json GenerateCredentialReport(const Identity& identity, const wire::Call& call) {
  const store::Key key = EntityKey(kReportKind, call.account(), call.account());
  const Time now = identity.clock().Now();
  const auto old = identity.store().Get(key);
  if (old != nullptr && now < old->modified + kReportKept) return JsonObject{{"State", "COMPLETE"}};
  store::Resource report;
  if (old != nullptr) report = *old;
  report.key = key;
  report.created = report.modified = now;
  report.spec = JsonObject{{"Content", MakeReport(identity, call.account())}};
  // Who comes second finds the other's, which is as young.
  if (old == nullptr) {
    identity.store().Insert(report);
  } else {
    identity.store().Update(report);
  }
  return JsonObject{{"State", "STARTED"}, {"Description", "No report exists. Starting a new report generation task"}};
}

Json GetCredentialReport(const Identity& identity, const wire::Call& call) {
  const auto report = identity.store().Get(EntityKey(kReportKind, call.account(), call.account()));
  if (report == nullptr) throw Error(kReportNotPresent, "No report exists. Use GenerateCredentialReport to make one.");
  if (report->modified + kReportKept <= identity.clock().Now()) {
    throw Error(kReportExpired, "The report is older than four hours. Use GenerateCredentialReport to make a new one.");
  }
  return JsonObject{{"Content", GetString(report->spec, "Content")},
                    {"ReportFormat", "text/csv"},
                    {"GeneratedTime", report->modified.ToEpochSeconds()}};
}

}  // namespace

void AddCredentialReport(wire::OperationTable& table, const Identity& identity) {
  AddEach(table, identity,
          {{"GenerateCredentialReport", GenerateCredentialReport}, {"GetCredentialReport", GetCredentialReport}});
}

}  // namespace sagebrush::identity
