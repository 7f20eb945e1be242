// The policies that AWS manages and that SageMaker's clients attach. They are written here from what the documented
// policies permit: the services and actions that this server may come to answer, in our own arrangement.
#include "identity/managed_policies.h"

#include <array>

namespace sagebrush::identity {
namespace {

constexpr std::string_view kSageMakerFullAccess = R"({
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "SageMakerButNotStudioAdministration",
      "Effect": "Allow",
      "Action": ["sagemaker:*", "sagemaker-geospatial:*"],
      "NotResource": [
        "arn:aws:sagemaker:*:*:domain/*",
        "arn:aws:sagemaker:*:*:user-profile/*",
        "arn:aws:sagemaker:*:*:app/*",
        "arn:aws:sagemaker:*:*:space/*",
        "arn:aws:sagemaker:*:*:flow-definition/*"
      ]
    },
    {
      "Sid": "StudioUse",
      "Effect": "Allow",
      "Action": [
        "sagemaker:CreatePresignedDomainUrl", "sagemaker:DescribeDomain", "sagemaker:ListDomains",
        "sagemaker:DescribeUserProfile", "sagemaker:ListUserProfiles", "sagemaker:DescribeSpace",
        "sagemaker:ListSpaces", "sagemaker:DescribeApp", "sagemaker:ListApps"
      ],
      "Resource": "*"
    },
    {
      "Sid": "StudioAppTags",
      "Effect": "Allow",
      "Action": "sagemaker:AddTags",
      "Resource": "arn:aws:sagemaker:*:*:app/*"
    },
    {
      "Sid": "StudioSpaceTags",
      "Effect": "Allow",
      "Action": "sagemaker:AddTags",
      "Resource": "arn:aws:sagemaker:*:*:space/*",
      "Condition": {"StringEquals": {"sagemaker:TaggingAction": "CreateSpace"}}
    },
    {
      "Sid": "StudioAppsOfTheUserProfile",
      "Effect": "Allow",
      "Action": ["sagemaker:CreateApp", "sagemaker:DeleteApp"],
      "Resource": "arn:aws:sagemaker:*:*:app/*/*/*/*",
      "Condition": {"Null": {"sagemaker:OwnerUserProfileArn": "true"}}
    },
    {
      "Sid": "StudioSharedSpaces",
      "Effect": "Allow",
      "Action": ["sagemaker:CreateSpace", "sagemaker:UpdateSpace", "sagemaker:DeleteSpace"],
      "Resource": "arn:aws:sagemaker:*:*:space/${sagemaker:DomainId}/*",
      "Condition": {"Null": {"sagemaker:OwnerUserProfileArn": "true"}}
    },
    {
      "Sid": "StudioOwnSpaces",
      "Effect": "Allow",
      "Action": [
        "sagemaker:CreateSpace", "sagemaker:UpdateSpace", "sagemaker:DeleteSpace", "sagemaker:CreateApp",
        "sagemaker:DeleteApp"
      ],
      "Resource": ["arn:aws:sagemaker:*:*:space/${sagemaker:DomainId}/*", "arn:aws:sagemaker:*:*:app/*/*/*/*"],
      "Condition": {
        "ArnLike": {
          "sagemaker:OwnerUserProfileArn":
            "arn:aws:sagemaker:*:*:user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}"
        },
        "StringEquals": {"sagemaker:SpaceSharingType": ["Private", "Shared"]}
      }
    },
    {
      "Sid": "FlowDefinitions",
      "Effect": "Allow",
      "Action": "sagemaker:*",
      "Resource": "arn:aws:sagemaker:*:*:flow-definition/*",
      "Condition": {"StringEqualsIfExists": {"sagemaker:WorkteamType": ["private-crowd", "vendor-crowd"]}}
    },
    {
      "Sid": "OtherServices",
      "Effect": "Allow",
      "Action": [
        "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeleteScheduledAction",
        "application-autoscaling:DeregisterScalableTarget", "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingActivities", "application-autoscaling:DescribeScalingPolicies",
        "application-autoscaling:DescribeScheduledActions", "application-autoscaling:PutScalingPolicy",
        "application-autoscaling:PutScheduledAction", "application-autoscaling:RegisterScalableTarget",
        "aws-marketplace:ViewSubscriptions",
        "cloudformation:GetTemplateSummary",
        "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics", "cloudwatch:ListMetrics", "cloudwatch:PutMetricAlarm",
        "cloudwatch:PutMetricData",
        "codecommit:BatchGetRepositories", "codecommit:CreateRepository", "codecommit:GetRepository",
        "codecommit:List*",
        "cognito-idp:AdminAddUserToGroup", "cognito-idp:AdminCreateUser", "cognito-idp:AdminDeleteUser",
        "cognito-idp:AdminDisableUser", "cognito-idp:AdminEnableUser", "cognito-idp:AdminRemoveUserFromGroup",
        "cognito-idp:CreateGroup", "cognito-idp:CreateUserPool", "cognito-idp:CreateUserPoolClient",
        "cognito-idp:CreateUserPoolDomain", "cognito-idp:DescribeUserPool", "cognito-idp:DescribeUserPoolClient",
        "cognito-idp:List*", "cognito-idp:UpdateUserPool", "cognito-idp:UpdateUserPoolClient",
        "ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:CreateVpcEndpoint",
        "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission", "ec2:DescribeDhcpOptions",
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CreateRepository", "ecr:Describe*",
        "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "ecr:StartImageScan",
        "elastic-inference:Connect",
        "elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeMountTargets",
        "fsx:DescribeFileSystems",
        "glue:CreateJob", "glue:DeleteJob", "glue:GetJob*", "glue:GetTable*", "glue:GetWorkflowRun",
        "glue:ResetJobBookmark", "glue:StartJobRun", "glue:StartWorkflowRun", "glue:UpdateJob",
        "groundtruthlabeling:*",
        "iam:ListRoles",
        "kms:DescribeKey", "kms:ListAliases",
        "lambda:ListFunctions",
        "logs:CreateLogDelivery", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DeleteLogDelivery",
        "logs:Describe*", "logs:GetLogDelivery", "logs:GetLogEvents", "logs:ListLogDeliveries", "logs:PutLogEvents",
        "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
        "robomaker:CreateSimulationApplication", "robomaker:DescribeSimulationApplication",
        "robomaker:DeleteSimulationApplication", "robomaker:CreateSimulationJob",
        "robomaker:DescribeSimulationJob", "robomaker:CancelSimulationJob",
        "secretsmanager:ListSecrets",
        "servicecatalog:Describe*", "servicecatalog:List*", "servicecatalog:ScanProvisionedProducts",
        "servicecatalog:SearchProducts", "servicecatalog:SearchProvisionedProducts",
        "sns:ListTopics",
        "tag:GetResources"
      ],
      "Resource": "*"
    },
    {
      "Sid": "Repositories",
      "Effect": "Allow",
      "Action": [
        "ecr:SetRepositoryPolicy", "ecr:CompleteLayerUpload", "ecr:BatchDeleteImage", "ecr:UploadLayerPart",
        "ecr:DeleteRepositoryPolicy", "ecr:InitiateLayerUpload", "ecr:DeleteRepository", "ecr:PutImage"
      ],
      "Resource": "arn:aws:ecr:*:*:repository/*sagemaker*"
    },
    {
      "Sid": "GitRepositories",
      "Effect": "Allow",
      "Action": ["codecommit:GitPull", "codecommit:GitPush"],
      "Resource": [
        "arn:aws:codecommit:*:*:*sagemaker*", "arn:aws:codecommit:*:*:*SageMaker*",
        "arn:aws:codecommit:*:*:*Sagemaker*"
      ]
    },
    {
      "Sid": "CodeBuild",
      "Effect": "Allow",
      "Action": ["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
      "Resource": ["arn:aws:codebuild:*:*:project/sagemaker*", "arn:aws:codebuild:*:*:build/*"]
    },
    {
      "Sid": "StepFunctions",
      "Effect": "Allow",
      "Action": [
        "states:DescribeExecution", "states:GetExecutionHistory", "states:StartExecution", "states:StopExecution",
        "states:UpdateStateMachine"
      ],
      "Resource": ["arn:aws:states:*:*:statemachine:*sagemaker*", "arn:aws:states:*:*:execution:*sagemaker*:*"]
    },
    {
      "Sid": "Secrets",
      "Effect": "Allow",
      "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:CreateSecret"],
      "Resource": "arn:aws:secretsmanager:*:*:secret:AmazonSageMaker-*"
    },
    {
      "Sid": "TaggedSecrets",
      "Effect": "Allow",
      "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
      "Resource": "*",
      "Condition": {"StringEquals": {"secretsmanager:ResourceTag/SageMaker": "true"}}
    },
    {
      "Sid": "NamedObjects",
      "Effect": "Allow",
      "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
      "Resource": [
        "arn:aws:s3:::*SageMaker*", "arn:aws:s3:::*Sagemaker*", "arn:aws:s3:::*sagemaker*",
        "arn:aws:s3:::*aws-glue*"
      ]
    },
    {
      "Sid": "TaggedObjects",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::*",
      "Condition": {"StringEqualsIgnoreCase": {"s3:ExistingObjectTag/SageMaker": "true"}}
    },
    {
      "Sid": "ServiceCatalogObjects",
      "Effect": "Allow",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::*",
      "Condition": {"StringEquals": {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}}
    },
    {
      "Sid": "Buckets",
      "Effect": "Allow",
      "Action": [
        "s3:CreateBucket", "s3:GetBucketLocation", "s3:ListBucket", "s3:ListAllMyBuckets", "s3:GetBucketCors",
        "s3:PutBucketCors"
      ],
      "Resource": "*"
    },
    {
      "Sid": "AccessControlLists",
      "Effect": "Allow",
      "Action": ["s3:GetBucketAcl", "s3:PutObjectAcl"],
      "Resource": ["arn:aws:s3:::*SageMaker*", "arn:aws:s3:::*Sagemaker*", "arn:aws:s3:::*sagemaker*"]
    },
    {
      "Sid": "Functions",
      "Effect": "Allow",
      "Action": "lambda:InvokeFunction",
      "Resource": [
        "arn:aws:lambda:*:*:function:*SageMaker*", "arn:aws:lambda:*:*:function:*sagemaker*",
        "arn:aws:lambda:*:*:function:*Sagemaker*", "arn:aws:lambda:*:*:function:*LabelingFunction*"
      ]
    },
    {
      "Sid": "AutoScalingRole",
      "Effect": "Allow",
      "Action": "iam:CreateServiceLinkedRole",
      "Resource": "arn:aws:iam::*:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*",
      "Condition": {"StringLike": {"iam:AWSServiceName": "sagemaker.application-autoscaling.amazonaws.com"}}
    },
    {
      "Sid": "Topics",
      "Effect": "Allow",
      "Action": ["sns:Subscribe", "sns:CreateTopic", "sns:Publish"],
      "Resource": ["arn:aws:sns:*:*:*SageMaker*", "arn:aws:sns:*:*:*Sagemaker*", "arn:aws:sns:*:*:*sagemaker*"]
    },
    {
      "Sid": "PassRoleWithinSageMaker",
      "Effect": "Allow",
      "Action": "iam:PassRole",
      "Resource": "arn:aws:iam::*:role/*AmazonSageMaker*",
      "Condition": {
        "StringEquals": {
          "iam:PassedToService": ["glue.amazonaws.com", "robomaker.amazonaws.com", "states.amazonaws.com"]
        }
      }
    },
    {
      "Sid": "PassRoleToSageMaker",
      "Effect": "Allow",
      "Action": "iam:PassRole",
      "Resource": "arn:aws:iam::*:role/*",
      "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    }
  ]
})";

constexpr std::string_view kEverything = R"({
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
})";

constexpr std::string_view kPowerUser = R"({
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
    {
      "Effect": "Allow",
      "Action": [
        "account:GetAccountInformation", "account:ListRegions", "iam:CreateServiceLinkedRole",
        "iam:DeleteServiceLinkedRole", "iam:ListRoles", "organizations:DescribeOrganization"
      ],
      "Resource": "*"
    }
  ]
})";

constexpr std::string_view kReadOnly = R"({
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "application-autoscaling:Describe*", "cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*",
        "ecr:BatchCheck*", "ecr:BatchGet*", "ecr:Describe*", "ecr:Get*", "ecr:List*", "events:Describe*",
        "events:List*", "iam:Get*", "iam:List*", "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy",
        "kms:Describe*", "kms:Get*", "kms:List*", "logs:Describe*", "logs:FilterLogEvents", "logs:Get*",
        "logs:List*", "logs:StartQuery", "logs:StopQuery", "s3:Get*", "s3:List*", "sagemaker:Describe*",
        "sagemaker:GetSearchSuggestions", "sagemaker:BatchDescribeModelPackage", "sagemaker:List*",
        "sagemaker:Search", "sns:Get*", "sns:List*", "sts:GetAccessKeyInfo", "sts:GetCallerIdentity",
        "sts:GetSessionToken"
      ],
      "Resource": "*"
    }
  ]
})";

constexpr std::string_view kSageMakerReadOnly = R"({
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "sagemaker:Describe*", "sagemaker:List*", "sagemaker:BatchGetMetrics", "sagemaker:GetDeviceRegistration",
        "sagemaker:GetDeviceFleetReport", "sagemaker:GetSearchSuggestions", "sagemaker:BatchGetRecord",
        "sagemaker:GetRecord", "sagemaker:Search", "sagemaker:QueryLineage",
        "sagemaker:GetLineageGroupPolicy", "sagemaker:BatchDescribeModelPackage", "sagemaker:GetModelPackageGroupPolicy"
      ],
      "Resource": "*"
    },
    {
      "Effect": "Allow",
      "Action": [
        "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingActivities",
        "application-autoscaling:DescribeScalingPolicies", "application-autoscaling:DescribeScheduledActions",
        "aws-marketplace:ViewSubscriptions", "cloudwatch:DescribeAlarms", "cognito-idp:DescribeUserPool",
        "cognito-idp:DescribeUserPoolClient", "cognito-idp:ListGroups", "cognito-idp:ListIdentityProviders",
        "cognito-idp:ListUserPoolClients", "cognito-idp:ListUserPools", "cognito-idp:ListUsers",
        "cognito-idp:ListUsersInGroup", "ecr:Describe*"
      ],
      "Resource": "*"
    }
  ]
})";

constexpr std::string_view kS3FullAccess = R"({
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["s3:*", "s3-object-lambda:*"], "Resource": "*"}]
})";

constexpr std::string_view kS3ReadOnly = R"({
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"],
      "Resource": "*"
    }
  ]
})";

constexpr std::string_view kLogsFullAccess = R"({
  "Version": "2012-10-17",
  "Statement": [{"Effect": "Allow", "Action": ["logs:*", "cloudwatch:GenerateQuery"], "Resource": "*"}]
})";

constexpr std::string_view kIamFullAccess = R"({
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "iam:*", "organizations:DescribeAccount", "organizations:DescribeOrganization",
        "organizations:DescribeOrganizationalUnit", "organizations:DescribePolicy", "organizations:ListChildren",
        "organizations:ListParents", "organizations:ListPoliciesForTarget", "organizations:ListRoots",
        "organizations:ListPolicies", "organizations:ListTargetsForPolicy"
      ],
      "Resource": "*"
    }
  ]
})";

constexpr std::array<ManagedPolicy, 9> kPolicies{{
    {"AdministratorAccess", "/", "ANPAIWMBCKSKIEE64ZLYK", "Everything in every service.", kEverything},
    {"AmazonS3FullAccess", "/", "ANPAIFIR6V6BVTRAHWINE", "Everything in S3.", kS3FullAccess},
    {"AmazonS3ReadOnlyAccess", "/", "ANPAIZTJ4DXE7G6AGAE6M", "Reading in S3.", kS3ReadOnly},
    {"AmazonSageMakerFullAccess", "/", "ANPAJZ5IWYMXO5QDB4QOG",
     "SageMaker, and of other services what its jobs and clients need.", kSageMakerFullAccess},
    {"AmazonSageMakerReadOnly", "/", "ANPAJTZ2FTFCQ6CFLQA2O", "Reading in SageMaker.", kSageMakerReadOnly},
    {"CloudWatchLogsFullAccess", "/", "ANPAJ3ZGNWK2R5HW5BQFO", "Everything in CloudWatch Logs.", kLogsFullAccess},
    {"IAMFullAccess", "/", "ANPAI7XKCFMBPM3QQRRVQ", "Everything in IAM.", kIamFullAccess},
    {"PowerUserAccess", "/", "ANPAJYRXTHIB4FOVS3ZXS", "Everything but users, roles and the account.", kPowerUser},
    {"ReadOnlyAccess", "/", "ANPAILL3HVNFSB6DCOWYQ", "Reading in every service.", kReadOnly},
}};

}  // namespace

std::string ManagedPolicy::Arn() const { return "arn:aws:iam::aws:policy" + std::string(path) + std::string(name); }

std::span<const ManagedPolicy> ManagedPolicies() { return kPolicies; }

const ManagedPolicy* FindManagedPolicy(std::string_view arn) {
  for (const auto& policy : kPolicies) {
    if (policy.Arn() == arn) return &policy;
  }
  return nullptr;
}

}  // namespace sagebrush::identity
