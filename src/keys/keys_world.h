#pragma once

#include <functional>
#include <string>

#include <fmt/format.h>

#include "identity/iam_operations.h"
#include "identity/identity.h"
#include "keys/key_controller.h"
#include "keys/key_operations.h"
#include "store/memory_store.h"
#include "wire/api.h"

namespace sagebrush::keys {

// For tests: KMS and IAM behind an Api, on a clock that stands still.
class KeysWorld {
 public:
  KeysWorld() {
    AddKmsOperations(table_, context_);
    identity::AddIamOperations(table_, *identity_);
  }

  Json Kms(const std::string& operation, Json input) { return As(root_, operation, std::move(input)); }
  Json As(const wire::Principal& principal, const std::string& operation, Json input) {
    return CallAs(principal, "kms", operation, std::move(input));
  }

  Json Call(const std::string& service, const std::string& operation, Json input) {
    return CallAs(root_, service, operation, std::move(input));
  }
  Json CallAs(const wire::Principal& who, const std::string& service, const std::string& operation, Json input) {
    return api_.Call(who, "us-east-1", service, operation, std::move(input));
  }

  // Those of another service that uses keys.
  void AddOperations(const std::function<void(wire::OperationTable&, const KeysContext&, const wire::Api&)>& add) {
    add(table_, context_, api_);
  }

  // The code of the error that `action` ends with; empty: none.
  std::string Code(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      message_ = error.what();
      return std::string(error.kind().code);
    }
    return "";
  }
  std::string Refusal(const std::string& operation, Json input) {
    return Code([&] { Kms(operation, std::move(input)); });
  }
  const std::string& message() const { return message_; }

  // The ARN of a new key.
  std::string NewKey(Json input = JsonObject()) {
    return GetString(Kms("CreateKey", std::move(input)), "KeyMetadata.Arn");
  }
  std::string Encrypt(const std::string& key, const std::string& text, Json context = JsonObject()) {
    return GetString(Kms("Encrypt", {{"KeyId", key}, {"Plaintext", text}, {"EncryptionContext", context}}),
                     "CiphertextBlob");
  }
  std::string Decrypt(const std::string& blob, Json context = JsonObject()) {
    return GetString(Kms("Decrypt", {{"CiphertextBlob", blob}, {"EncryptionContext", context}}), "Plaintext");
  }

  // A new user who may do what `statement` says; without one, nothing.
  wire::Principal NewUser(const std::string& name, const std::string& statement = "") {
    const Json made = Call("iam", "CreateUser", {{"UserName", name}});
    if (!statement.empty()) {
      Call("iam", "PutUserPolicy",
           {{"UserName", name},
            {"PolicyName", "p"},
            {"PolicyDocument", R"({"Version":"2012-10-17","Statement":)" + statement + "}"}});
    }
    wire::Principal user = root_;
    user.user_id = GetString(made, "User.UserId");
    user.arn = user.identity_arn = fmt::format("arn:aws:iam::{}:user/{}", user.account, name);
    return user;
  }

  // What the loop would do with every key at this moment.
  void Reconcile() {
    for (const auto& key : store_.All("kms-key")) controller_.Reconcile(key->key);
  }

  FakeClock& clock() { return clock_; }
  store::Store& store() { return store_; }
  const wire::Principal& root() const { return root_; }

 private:
  TemporaryDirectory directory_;
  FakeClock clock_;
  store::MemoryStore store_;
  const std::unique_ptr<identity::Identity> identity_ =
      identity::Identity::Bootstrap(store_, directory_.path(), clock_);
  const Grants grants_{store_};
  const KeysContext context_{store_, identity_->server_key(), *identity_, grants_, clock_};
  KeyController controller_{context_};
  wire::OperationTable table_;
  const wire::Api api_{table_, *identity_};
  const wire::Principal root_{.account = "123456789012",
                              .arn = "arn:aws:iam::123456789012:root",
                              .user_id = "123456789012",
                              .access_key_id = "AKIA",
                              .identity_arn = "arn:aws:iam::123456789012:root",
                              .session_policy = nullptr};
  std::string message_;
};

}  // namespace sagebrush::keys
