#include "admin/face.h"

static const struct face faces[PLATFORMS] = {
    [PLATFORM_AZURE_OPENAI] =
	{
	    .path = "/admin/azure-openai-accounts",
	    .platform = "azure-openai",
	    .label = "Azure OpenAI",
	    .address_field = "azureEndpoint",
	    .address_missing = "Azure endpoint is required",
	    .deployment_missing = "Deployment name is required",
	},
    [PLATFORM_OPENAI] =
	{
	    .path = "/admin/openai-accounts",
	    .platform = "openai",
	    .label = "OpenAI",
	    .address_field = "baseApi",
	    .default_address = "https://api.openai.com/v1",
	},
    [PLATFORM_OPENAI_RESPONSES] =
	{
	    .path = "/admin/openai-responses-accounts",
	    .platform = "openai-responses",
	    .label = "OpenAI-Responses",
	    .address_field = "baseApi",
	    .address_missing = "Base API URL is required",
	},
};

const struct face *face_of(enum account_platform platform)
{
	return &faces[platform];
}

enum account_platform face_platform(struct str path)
{
	for (int i = 0; i < PLATFORMS; i++) {
		if (str_starts(path, str_of(faces[i].path)))
			return (enum account_platform)i;
	}
	return PLATFORM_OPENAI;
}
