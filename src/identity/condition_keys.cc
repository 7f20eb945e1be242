#include "identity/condition_keys.h"

#include <algorithm>
#include <array>

#include "identity/access_reference.h"

namespace sagebrush::identity {
namespace {

// docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, and the reference's of IAM and STS.
constexpr std::string_view kIdentityKeys[] = {
    "aws:currenttime",
    "aws:epochtime",
    "aws:federatedprovider",
    "aws:multifactorauthpresent",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:principaltag/",
    "aws:principaltype",
    "aws:referer",
    "aws:requestedregion",
    "aws:requesttag/",
    "aws:resourceaccount",
    "aws:resourcetag/",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:tagkeys",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "aws:viaawsservice",
    "iam:associatedresourcearn",
    "iam:awsservicename",
    "iam:passedtoservice",
    "iam:permissionsboundary",
    "iam:policyarn",
    "iam:resourcetag/",
    "sts:externalid",
    "sts:rolesessionname",
    "sts:sourceidentity",
    "sts:transitivetagkeys",
};

constexpr std::string_view kNoMfa = "nobody signs in with a second factor";
constexpr std::string_view kNoVpc = "there are no VPCs and no endpoints in them";
constexpr std::string_view kNoOrganisation = "the account belongs to no organisation";
constexpr std::string_view kNoCallChain = "the services that AWS sets it for call no other one here";
constexpr std::string_view kNoCompute = "no EC2 instance, chat bot or console makes requests";
constexpr std::string_view kNoAccessPoints = "S3 access points are not built";
constexpr std::string_view kNoGrants = "S3 Access Grants are not built";
constexpr std::string_view kNoReplicas = "keys and secrets of several regions are refused";
constexpr std::string_view kOnlyParameters = "of Systems Manager only parameters are built";
constexpr std::string_view kNoRotation = "rotation of secrets is not built";
constexpr std::string_view kNoFeatureGroups = "feature groups are not built";
constexpr std::string_view kNoDomains = "Studio domains are not built";
constexpr std::string_view kNoNotebooks = "notebook instances are not built";
constexpr std::string_view kNoSecurityKeys = "hardware keys are not built";
constexpr std::string_view kNoDelegation = "delegation requests are not built";

constexpr AbsentKey kAbsentKeys[] = {
    {"aws:assumedroot", "there is no other account to assume root in", "sts:AssumeRoot"},
    {"aws:calledvia", kNoCallChain, ""},
    {"aws:calledviaawsmcp", kNoCallChain, ""},
    {"aws:calledviafirst", kNoCallChain, ""},
    {"aws:calledvialast", kNoCallChain, ""},
    {"aws:chatbotsourcearn", kNoCompute, ""},
    {"aws:ec2instancesourceprivateipv4", kNoCompute, ""},
    {"aws:ec2instancesourcevpc", kNoCompute, ""},
    {"aws:ismcpserviceaction", kNoCallChain, ""},
    {"aws:multifactorauthage", kNoMfa, "iam:EnableMFADevice"},
    {"aws:principalorgid", kNoOrganisation, ""},
    {"aws:principalorgpaths", kNoOrganisation, ""},
    {"aws:resourceorgid", kNoOrganisation, ""},
    {"aws:resourceorgpaths", kNoOrganisation, ""},
    {"aws:signinsessionarn", kNoCompute, ""},
    {"aws:sourceorgid", kNoOrganisation, ""},
    {"aws:sourceorgpaths", kNoOrganisation, ""},
    {"aws:sourceowner", "topics and queues are not built", ""},
    {"aws:sourcevpc", kNoVpc, ""},
    {"aws:sourcevpcarn", kNoVpc, ""},
    {"aws:sourcevpce", kNoVpc, ""},
    {"aws:viaawsmcpservice", kNoCallChain, ""},
    {"aws:vpceaccount", kNoVpc, ""},
    {"aws:vpceorgid", kNoVpc, ""},
    {"aws:vpceorgpaths", kNoVpc, ""},
    {"aws:vpcsourceip", kNoVpc, ""},
    {"cloudwatch:alarmactions", "alarms take no actions: a request that names one is refused", ""},
    {"cloudwatch:requestinsightruleloggroups", "insight rules are not built", "cloudwatch:PutInsightRule"},
    {"cloudwatch:requestmanagedresourcearns", "insight rules are not built", "cloudwatch:PutManagedInsightRules"},
    {"events:eventbusarn", "archives and replays are not built", "events:CreateArchive"},
    {"events:eventbusinvocation", "there is one event bus, which gives no events to another", "events:CreateEventBus"},
    {"events:managedby", "no service here makes rules of its own", ""},
    {"iam:delegationduration", kNoDelegation, "iam:CreateDelegationRequest"},
    {"iam:delegationrequestowner", kNoDelegation, "iam:CreateDelegationRequest"},
    {"iam:fido-certification", kNoSecurityKeys, "iam:EnableMFADevice"},
    {"iam:fido-fips-140-2-certification", kNoSecurityKeys, "iam:EnableMFADevice"},
    {"iam:fido-fips-140-3-certification", kNoSecurityKeys, "iam:EnableMFADevice"},
    {"iam:notificationchannel", kNoDelegation, "iam:CreateDelegationRequest"},
    {"iam:organizationspolicyid", kNoOrganisation, "iam:GenerateOrganizationsAccessReport"},
    {"iam:registersecuritykey", kNoSecurityKeys, "iam:EnableMFADevice"},
    {"iam:servicespecificcredentialagedays", "there are no service-specific credentials",
     "iam:CreateServiceSpecificCredential"},
    {"iam:servicespecificcredentialservicename", "there are no service-specific credentials",
     "iam:CreateServiceSpecificCredential"},
    {"iam:templatearn", kNoDelegation, "iam:CreateDelegationRequest"},
    {"kms:multiregionkeytype", kNoReplicas, "kms:ReplicateKey"},
    {"kms:primaryregion", kNoReplicas, "kms:ReplicateKey"},
    {"kms:recipientattestation:", "no enclave or TPM attests itself: a request with a Recipient is refused", ""},
    {"kms:replicaregion", kNoReplicas, "kms:ReplicateKey"},
    {"logs:deliverydestinationresourcearn", "log deliveries are not built", "logs:CreateDelivery"},
    {"logs:loggeneratingresourcearns", "log deliveries are not built", "logs:PutDeliverySource"},
    {"s3:accessgrantscope", kNoGrants, "s3control:CreateAccessGrant"},
    {"s3:accessgrantsinstancearn", kNoGrants, "s3control:CreateAccessGrantsInstance"},
    {"s3:accessgrantslocationscope", kNoGrants, "s3control:CreateAccessGrantsLocation"},
    {"s3:accesspointnetworkorigin", kNoAccessPoints, "s3control:CreateAccessPoint"},
    {"s3:accesspointtag/", kNoAccessPoints, "s3control:CreateAccessPoint"},
    {"s3:buckettag/", "tags of buckets decide nothing until the bucket is told to use them", "s3:PutBucketAbac"},
    {"s3:dataaccesspointaccount", kNoAccessPoints, "s3control:CreateAccessPoint"},
    {"s3:dataaccesspointarn", kNoAccessPoints, "s3control:CreateAccessPoint"},
    {"s3:destinationregion", "replication is refused", ""},
    {"s3:existingjoboperation", "batch jobs are not built", "s3control:CreateJob"},
    {"s3:existingjobpriority", "batch jobs are not built", "s3control:CreateJob"},
    {"s3:inventoryaccessibleoptionalfields", "inventories are refused", ""},
    {"s3:isreplicationpauserequest", "replication is refused", ""},
    {"s3:jobsuspendedcause", "batch jobs are not built", "s3control:CreateJob"},
    {"s3:requestjoboperation", "batch jobs are not built", "s3control:CreateJob"},
    {"s3:requestjobpriority", "batch jobs are not built", "s3control:CreateJob"},
    {"sagemaker:appnetworkaccesstype", kNoDomains, "sagemaker:CreateDomain"},
    {"sagemaker:directgatedmodelaccess", "there is no hub with gated models", "sagemaker:CreateHub"},
    {"sagemaker:directinternetaccess", kNoNotebooks, "sagemaker:CreateNotebookInstance"},
    {"sagemaker:domainid", kNoDomains, "sagemaker:CreateDomain"},
    {"sagemaker:domainsharingoutputkmskey", kNoDomains, "sagemaker:CreateDomain"},
    {"sagemaker:featuregroupdisablegluetablecreation", kNoFeatureGroups, "sagemaker:CreateFeatureGroup"},
    {"sagemaker:featuregroupenableonlinestore", kNoFeatureGroups, "sagemaker:CreateFeatureGroup"},
    {"sagemaker:featuregroupofflinestoreconfig", kNoFeatureGroups, "sagemaker:CreateFeatureGroup"},
    {"sagemaker:featuregroupofflinestorekmskey", kNoFeatureGroups, "sagemaker:CreateFeatureGroup"},
    {"sagemaker:featuregroupofflinestores3uri", kNoFeatureGroups, "sagemaker:CreateFeatureGroup"},
    {"sagemaker:featuregrouponlinestorekmskey", kNoFeatureGroups, "sagemaker:CreateFeatureGroup"},
    {"sagemaker:homeefsfilesystemkmskey", kNoDomains, "sagemaker:CreateDomain"},
    {"sagemaker:imagearns", kNoDomains, "sagemaker:CreateDomain"},
    {"sagemaker:imageversionarns", kNoDomains, "sagemaker:CreateDomain"},
    {"sagemaker:minimuminstancemetadataserviceversion", kNoNotebooks, "sagemaker:CreateNotebookInstance"},
    {"sagemaker:owneruserprofilearn", kNoDomains, "sagemaker:CreateSpace"},
    {"sagemaker:pipelineversionid", "pipelines are not built", "sagemaker:CreatePipeline"},
    {"sagemaker:remoteaccess", kNoDomains, "sagemaker:CreateSpace"},
    {"sagemaker:rootaccess", kNoNotebooks, "sagemaker:CreateNotebookInstance"},
    {"sagemaker:spacesharingtype", kNoDomains, "sagemaker:CreateSpace"},
    {"sagemaker:studiolifecycleconfigarns", kNoDomains, "sagemaker:CreateDomain"},
    {"sagemaker:userprofilename", kNoDomains, "sagemaker:CreateUserProfile"},
    {"sagemaker:workteamarn", "work teams are not built", "sagemaker:CreateWorkteam"},
    {"sagemaker:workteamtype", "work teams are not built", "sagemaker:CreateWorkteam"},
    {"secretsmanager:addreplicaregions", kNoReplicas, "secretsmanager:ReplicateSecretToRegions"},
    {"secretsmanager:externalsecretrotationrolearn", kNoRotation, "secretsmanager:RotateSecret"},
    {"secretsmanager:forceoverwritereplicasecret", kNoReplicas, "secretsmanager:ReplicateSecretToRegions"},
    {"secretsmanager:modifyrotationrules", kNoRotation, "secretsmanager:RotateSecret"},
    {"secretsmanager:resource/allowrotationlambdaarn", kNoRotation, "secretsmanager:RotateSecret"},
    {"secretsmanager:resource/type", kNoRotation, "secretsmanager:RotateSecret"},
    {"secretsmanager:rotateimmediately", kNoRotation, "secretsmanager:RotateSecret"},
    {"secretsmanager:rotationlambdaarn", kNoRotation, "secretsmanager:RotateSecret"},
    {"secretsmanager:type", kNoRotation, "secretsmanager:RotateSecret"},
    {"ssm:accessrequestid", kOnlyParameters, ""},
    {"ssm:autoapprove", kOnlyParameters, ""},
    {"ssm:documentcategories", kOnlyParameters, ""},
    {"ssm:documenttype", kOnlyParameters, ""},
    {"ssm:documentversion", kOnlyParameters, ""},
    {"ssm:inventorytypename", kOnlyParameters, ""},
    {"ssm:sessiondocumentaccesscheck", kOnlyParameters, ""},
    {"ssm:sourceinstancearn", kOnlyParameters, ""},
    {"ssm:synctype", kOnlyParameters, ""},
    {"sts:awsservicename", "bearer tokens are not built", "sts:GetServiceBearerToken"},
    {"sts:durationseconds", "of bearer and identity tokens only, which are not built", "sts:GetWebIdentityToken"},
    {"sts:identitytokenaudience", "identity tokens are not built", "sts:GetWebIdentityToken"},
    {"sts:requestcontext/", "there are no context providers", ""},
    {"sts:requestcontextproviders", "there are no context providers", ""},
    {"sts:signingalgorithm", "identity tokens are not built", "sts:GetWebIdentityToken"},
    {"sts:taskpolicyarn", "there is no other account to assume root in", "sts:AssumeRoot"},
};

// `names`: whole keys, and families that end in their slash or second colon. `key` may have anything behind that.
template <typename Range, typename NameOf>
bool Contains(const Range& names, std::string_view key, const NameOf& name_of) {
  const std::size_t end = key.find_first_of("/:", key.find(':') + 1);
  const std::string_view family = end == std::string_view::npos ? key : key.substr(0, end + 1);
  return std::any_of(std::begin(names), std::end(names),
                     [&](const auto& row) { return name_of(row) == family || name_of(row) == key; });
}

bool IsOfServiceHere(std::string_view vendor) {
  const auto services = ReferenceServices();
  return vendor == "aws" ||
         std::any_of(services.begin(), services.end(), [&](const auto& service) { return service.prefix == vendor; });
}

}  // namespace

std::span<const AbsentKey> AbsentKeys() { return kAbsentKeys; }
std::span<const std::string_view> IdentityKeys() { return kIdentityKeys; }

bool IsKnownKey(std::string_view key) {
  if (!IsOfServiceHere(key.substr(0, key.find(':')))) return true;
  return Contains(ReferenceKeys(), key, [](const ReferenceKey& row) { return row.name; }) ||
         Contains(kIdentityKeys, key, [](std::string_view name) { return name; }) ||
         Contains(kAbsentKeys, key, [](const AbsentKey& row) { return row.key; });
}

}  // namespace sagebrush::identity
