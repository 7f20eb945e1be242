#include "identity/directory.h"

#include "base/arn.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/text.h"
#include "identity/managed_policies.h"

namespace sagebrush::identity {

// Text to shared value. When full it starts anew: what is in use comes back at once.
template <typename Value>
class Directory::Cache {
 public:
  explicit Cache(std::size_t size_max) : size_max_(size_max) {}

  // The value kept for `key`, or what `load` returns, which is kept unless it is nullptr.
  template <typename Load>
  std::shared_ptr<const Value> Get(const std::string& key, const Load& load) {
    std::uint64_t generation = 0;
    {
      const ReaderLock lock(mutex_);
      const auto found = values_.find(key);
      if (found != values_.end()) return found->second;
      generation = generation_;
    }
    std::shared_ptr<const Value> value = load();
    if (value == nullptr) return nullptr;
    const WriterLock lock(mutex_);
    // A change between reading the documents and here may have made the value old: then it serves this call only.
    if (generation_ != generation) return value;
    if (values_.size() >= size_max_) values_.clear();
    values_.insert_or_assign(key, value);
    return value;
  }

  void Forget() {
    const WriterLock lock(mutex_);
    ++generation_;
    values_.clear();
  }

 private:
  const std::size_t size_max_;
  SharedMutex mutex_;
  std::uint64_t generation_ GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, std::shared_ptr<const Value>> values_ GUARDED_BY(mutex_);
};

namespace {

constexpr std::size_t kCacheSize = 4096;

std::vector<std::pair<std::string, std::string>> ReadTags(const Json& spec) {
  std::vector<std::pair<std::string, std::string>> out;
  const Json* const tags = Find(spec, "Tags");
  if (tags == nullptr || !tags->is_array()) return out;
  for (const auto& tag : tags->get_array()) out.emplace_back(Lower(GetString(tag, "Key")), GetString(tag, "Value"));
  return out;
}

// A stored document was checked when it came in; should it not compile now, it must not silently allow more.
std::shared_ptr<const Policy> CompileStored(const std::string& name, const std::string& text, PolicyType type) {
  try {
    return Policy::Parse(text, type);
  } catch (const Error& error) {
    LogError("Policy {} cannot be read, so it denies everything: {}", name, error.what());
    return Policy::Parse(R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})",
                         PolicyType::kIdentity);
  }
}

}  // namespace

std::string RootArn(std::string_view account) { return "arn:aws:iam::" + std::string(account) + ":root"; }

Directory::Directory(store::Store& store, const ServerKey& key)
    : store_(store),
      key_(key),
      access_keys_(std::make_unique<Cache<AccessKey>>(kCacheSize)),
      identities_(std::make_unique<Cache<IdentityEntry>>(kCacheSize)),
      sessions_(std::make_unique<Cache<Session>>(kCacheSize)),
      policies_(std::make_unique<Cache<Policy>>(kCacheSize)) {
  store_.Subscribe([this](const store::Change& change) {
    if (change.key().kind.starts_with("iam-")) Forget();
  });
}

Directory::~Directory() = default;

void Directory::Forget() {
  access_keys_->Forget();
  identities_->Forget();
}

std::shared_ptr<const AccessKey> Directory::FindAccessKey(const std::string& id) const {
  return access_keys_->Get(id, [&] { return LoadAccessKey(id); });
}

std::shared_ptr<const IdentityEntry> Directory::FindIdentity(const std::string& arn) const {
  return identities_->Get(arn, [&] { return LoadIdentity(arn); });
}

std::string Directory::PinnedName(const std::string& name) const {
  const auto arn = Arn::Parse(name);
  if (!arn) {
    if (IsPrincipalId(name)) ThrowInvalidPrincipal("AWS", name);  // What bore it is gone, or ARNs would be shown.
    return name;                                                  // An account's number.
  }
  if (arn->resource == "root") return name;
  if (arn->resource.starts_with("federated-user/")) return name;  // Named by whoever asks for its token.
  if (arn->service == "sts") {                                    // A role's session may not exist yet; its role must.
    const std::string role = arn->resource.substr(arn->resource.find('/') + 1);
    const std::string role_name = role.substr(0, role.find('/'));
    if (store_.Get({std::string(kRoleKind), arn->account, "", role_name}) == nullptr)
      ThrowInvalidPrincipal("AWS", name);
    return name;
  }
  const auto identity = FindIdentity(name);
  if (identity == nullptr) ThrowInvalidPrincipal("AWS", name);
  return identity->id;
}

std::string Directory::ShownName(const std::string& name) const {
  if (!IsPrincipalId(name)) return name;
  const bool is_role = name.starts_with("AROA");
  for (const auto& entity : store_.All(std::string(is_role ? kRoleKind : kUserKind))) {
    if (GetString(entity->spec, is_role ? "RoleId" : "UserId") == name) return GetString(entity->spec, "Arn");
  }
  return name;
}

std::shared_ptr<const Session> Directory::FindSession(const std::string& token) const {
  return sessions_->Get(token, [&]() -> std::shared_ptr<const Session> {
    auto session = ReadSessionToken(token, key_);
    return session ? std::make_shared<const Session>(std::move(*session)) : nullptr;
  });
}

std::shared_ptr<const Policy> Directory::Compile(const std::string& text, PolicyType type) const {
  const char prefix = static_cast<char>('0' + static_cast<int>(type));
  return policies_->Get(prefix + text, [&] { return CompileStored("of a resource or session", text, type); });
}

std::shared_ptr<const AccessKey> Directory::LoadAccessKey(const std::string& id) const {
  const auto resource = store_.Get({std::string(kAccessKeyKind), "", "", id});
  if (resource == nullptr) return nullptr;
  std::string sealed;
  const bool is_text = FromBase64(GetString(resource->spec, "SealedSecret"), sealed);
  auto secret = is_text ? key_.Unseal(sealed, id) : std::nullopt;
  if (!secret) {
    LogError("The secret of access key {} was sealed with another server key; the key cannot be used.", id);
    return nullptr;
  }
  AccessKey key{id, std::move(*secret), GetString(resource->spec, "Account"), GetString(resource->spec, "UserName")};
  key.active = GetString(resource->spec, "Status") == "Active";
  key.identity_arn = RootArn(key.account);
  key.identity_id = key.account;
  if (!key.user_name.empty()) {
    const auto user = store_.Get({std::string(kUserKind), key.account, "", key.user_name});
    if (user == nullptr) return nullptr;
    key.identity_arn = GetString(user->spec, "Arn");
    key.identity_id = GetString(user->spec, "UserId");
  }
  return std::make_shared<const AccessKey>(std::move(key));
}

std::shared_ptr<const std::string> Directory::PolicyText(const std::string& arn, const std::string& account) const {
  if (const auto* const managed = FindManagedPolicy(arn)) return std::make_shared<const std::string>(managed->document);
  const auto parsed = Arn::Parse(arn);
  if (!parsed || parsed->account != account) return nullptr;
  const std::string name = parsed->resource.substr(parsed->resource.rfind('/') + 1);
  const auto resource = store_.Get({std::string(kPolicyKind), account, "", name});
  if (resource == nullptr || GetString(resource->spec, "Arn") != arn) return nullptr;
  const std::string version = GetString(resource->spec, "DefaultVersionId");
  for (const auto& entry : resource->spec.at("Versions").as_array()) {
    if (GetString(entry, "VersionId") == version) {
      return std::make_shared<const std::string>(GetString(entry, "Document"));
    }
  }
  return nullptr;
}

void Directory::AddPolicies(const Json& spec, IdentityEntry& entry) const {
  if (const Json* const inline_policies = Find(spec, "InlinePolicies")) {
    for (const auto& member : inline_policies->as_object()) {
      const std::string name(member.key());
      entry.policies.push_back(
          {name, CompileStored(name, std::string(member.value().as_string()), PolicyType::kIdentity)});
    }
  }
  if (const Json* const attached = Find(spec, "AttachedPolicies")) {
    for (const auto& item : attached->as_array()) {
      const std::string arn(item.as_string());
      const auto text = PolicyText(arn, entry.account);
      const std::string name = arn.substr(arn.rfind('/') + 1);
      if (text != nullptr) entry.policies.push_back({name, CompileStored(arn, *text, PolicyType::kIdentity)});
    }
  }
  const std::string boundary = GetString(spec, "PermissionsBoundary");
  if (boundary.empty()) return;
  const auto text = PolicyText(boundary, entry.account);
  // A boundary whose policy is gone allows nothing.
  entry.boundary = CompileStored(boundary, text == nullptr ? "" : *text, PolicyType::kIdentity);
}

void Directory::AddGroupPolicies(const Json& spec, IdentityEntry& entry) const {
  const Json* const groups = Find(spec, "Groups");
  if (groups == nullptr) return;
  for (const auto& name : groups->as_array()) {
    const auto group = store_.Get({std::string(kGroupKind), entry.account, "", std::string(name.as_string())});
    if (group != nullptr) AddPolicies(group->spec, entry);
  }
}

std::shared_ptr<IdentityEntry> Directory::LoadPrincipal(std::string_view kind, const std::string& account,
                                                        const std::string& name) const {
  const auto resource = store_.Get({std::string(kind), account, "", name});
  if (resource == nullptr) return nullptr;
  auto entry = std::make_shared<IdentityEntry>();
  entry->account = account;
  entry->name = name;
  entry->arn = GetString(resource->spec, "Arn");
  entry->is_role = kind == kRoleKind;
  entry->id = GetString(resource->spec, entry->is_role ? "RoleId" : kind == kGroupKind ? "GroupId" : "UserId");
  entry->tags = ReadTags(resource->spec);
  AddPolicies(resource->spec, *entry);
  AddGroupPolicies(resource->spec, *entry);
  if (entry->is_role) {
    entry->trust = CompileStored(entry->arn, GetString(resource->spec, "AssumeRolePolicyDocument"), PolicyType::kTrust);
    entry->session_seconds_max = GetInt(resource->spec, "MaxSessionDuration", 3600);
  }
  return entry;
}

std::shared_ptr<const IdentityEntry> Directory::LoadIdentity(const std::string& arn) const {
  const auto parsed = Arn::Parse(arn);
  if (!parsed || parsed->service != "iam") return nullptr;
  if (parsed->resource == "root") {
    if (store_.Get({std::string(kAccountKind), parsed->account, "", parsed->account}) == nullptr) return nullptr;
    auto root = std::make_shared<IdentityEntry>();
    root->arn = arn;
    root->account = root->id = parsed->account;
    root->is_root = true;
    return root;
  }
  const std::string_view kind = parsed->resource.starts_with("role/")    ? kRoleKind
                                : parsed->resource.starts_with("group/") ? kGroupKind
                                                                         : kUserKind;
  const std::string name = parsed->resource.substr(parsed->resource.rfind('/') + 1);
  auto entry = LoadPrincipal(kind, parsed->account, name);
  return entry != nullptr && entry->arn == arn ? entry : nullptr;
}

}  // namespace sagebrush::identity
