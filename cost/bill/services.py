"""AWS service codes as FOCUS ServiceName, ServiceCategory and ServiceSubcategory.

Categories and subcategories: FOCUS 1.2, ServiceCategory and ServiceSubcategory allowed values. Where a service has no
plain match it is `Other (category)`. A code not listed keeps the bill's own product name and falls in `Other`.
"""

from __future__ import annotations

from typing import Final

OTHER_CATEGORY: Final = "Other"
OTHER_SUBCATEGORY: Final = "Other (Other)"

SERVICE_COLUMNS: Final = ("known_code", "service_name", "service_category", "service_subcategory")
SERVICES: Final = (
    ("AmazonEC2", "Amazon Elastic Compute Cloud", "Compute", "Virtual Machines"),
    ("AmazonEKS", "Amazon Elastic Kubernetes Service", "Compute", "Containers"),
    ("AmazonECS", "Amazon Elastic Container Service", "Compute", "Containers"),
    ("AmazonECR", "Amazon EC2 Container Registry", "Compute", "Containers"),
    ("AWSLambda", "AWS Lambda", "Compute", "Serverless Compute"),
    ("ComputeSavingsPlans", "Savings Plans for AWS Compute usage", "Compute", "Virtual Machines"),
    ("AmazonSageMaker", "Amazon SageMaker", "AI and Machine Learning", "Machine Learning"),
    ("AmazonBedrock", "Amazon Bedrock", "AI and Machine Learning", "Generative AI"),
    ("AmazonS3", "Amazon Simple Storage Service", "Storage", "Object Storage"),
    ("AmazonEFS", "Amazon Elastic File System", "Storage", "Other (Storage)"),
    ("AmazonFSx", "Amazon FSx", "Storage", "Other (Storage)"),
    ("AWSBackup", "AWS Backup", "Storage", "Other (Storage)"),
    ("AmazonVPC", "Amazon Virtual Private Cloud", "Networking", "Other (Networking)"),
    ("AWSDataTransfer", "AWS Data Transfer", "Networking", "Other (Networking)"),
    ("AWSELB", "Elastic Load Balancing", "Networking", "Other (Networking)"),
    ("AmazonRoute53", "Amazon Route 53", "Networking", "Other (Networking)"),
    ("AmazonCloudFront", "Amazon CloudFront", "Networking", "Content Delivery"),
    ("awskms", "AWS Key Management Service", "Security", "Other (Security)"),
    ("AWSSecretsManager", "AWS Secrets Manager", "Security", "Other (Security)"),
    ("AmazonGuardDuty", "Amazon GuardDuty", "Security", "Other (Security)"),
    ("awswaf", "AWS WAF", "Networking", "Network Security"),
    ("AmazonCloudWatch", "AmazonCloudWatch", "Management and Governance", "Observability"),
    ("AWSCloudTrail", "AWS CloudTrail", "Management and Governance", "Compliance"),
    ("AWSConfig", "AWS Config", "Management and Governance", "Compliance"),
    ("AWSCloudShell", "AWS CloudShell", "Developer Tools", "Other (Developer Tools)"),
    ("AmazonSNS", "Amazon Simple Notification Service", "Integration", "Messaging"),
    ("AWSQueueService", "Amazon Simple Queue Service", "Integration", "Messaging"),
    ("AmazonStates", "AWS Step Functions", "Integration", "Other (Integration)"),
    ("AWSEvents", "CloudWatch Events", "Integration", "Messaging"),
    ("AmazonApiGateway", "Amazon API Gateway", "Integration", "API Management"),
    ("AWSGlue", "AWS Glue", "Analytics", "Data Processing"),
    ("AmazonAthena", "Amazon Athena", "Analytics", "Data Processing"),
    ("AmazonKinesis", "Amazon Kinesis", "Analytics", "Other (Analytics)"),
    ("AmazonMSK", "Amazon Managed Streaming for Apache Kafka", "Integration", "Messaging"),
    ("ElasticMapReduce", "Amazon Elastic MapReduce", "Analytics", "Data Processing"),
    ("MachineLearningSavingsPlans", "Savings Plans for Amazon SageMaker", "AI and Machine Learning", "Other (AI and Machine Learning)"),
    ("DatabaseSavingsPlans", "Savings Plans for AWS Databases", "Databases", "Other (Databases)"),
    ("AmazonRDS", "Amazon Relational Database Service", "Databases", "Other (Databases)"),
    ("AmazonDynamoDB", "Amazon DynamoDB", "Databases", "Other (Databases)"),
    ("AmazonElastiCache", "Amazon ElastiCache", "Databases", "Caching"),
    ("AmazonRedshift", "Amazon Redshift", "Databases", "Other (Databases)"),
    ("AmazonTimestream", "Amazon Timestream", "Databases", "Other (Databases)"),
    ("AWSIoT", "AWS IoT", "Internet of Things", "Other (Internet of Things)"),
    ("AWSMigrationHubRefactorSpaces", "AWS Migration Hub Refactor Spaces", "Migration", "Other (Migration)"),
)
"""Service code, FOCUS ServiceName, ServiceCategory, ServiceSubcategory."""
