/* The options of the commands, for commands.c alone. */
#ifndef CTL_COMMAND_OPTIONS_H
#define CTL_COMMAND_OPTIONS_H

#include "ctl/option.h"

static const struct ctl_option password_options[] = {
    {"--password-file", "FILE", "password", option_secret_file,
     "take the first line of FILE"},
    {"--password-stdin", NULL, "password", option_new_secret_stdin,
     "take a line of standard input"},
};

static const struct ctl_option check_options[] = {
    {"--body-mb", "N", "bodyMb", option_number,
     "size of a large request (20); 0: none is sent"},
    {"--silence", "SECONDS", "silence", option_number,
     "also wait for an answer that takes so long"},
    {"--insecure", NULL, "insecure", option_true, "whatever the certificate"},
};

static const struct ctl_option webhook_options[] = {
    {"--events", "A,B", "events", option_list,
     "accountAnomaly, accountRecovery, quotaWarning (all)"},
    {"--secret-file", "FILE", "secret", option_secret_file,
     "sign with the first line of FILE"},
    {"--secret-stdin", NULL, "secret", option_secret_stdin,
     "the same, a line of standard input"},
    {"--new-secret", NULL, "newSecret", option_true,
     "make a secret, and print it"},
    {"--active", "yes|no", "active", option_yes_no, "whether it is used"},
};

static const struct ctl_option token_options[] = {
    {"--expires", "WHEN", "expiresAt", option_date,
     "2030-01-31, 30d, 12h or never (never)"},
};

#define KEY_OPTIONS                                                            \
	{"--description", "TEXT", "description", option_text,                  \
	 "what the key is for"},                                               \
	    {"--concurrency", "N", "concurrencyLimit", option_number,          \
	     "requests in flight at most; 0: no limit"},                       \
	    {"--window", "MINUTES", "rateLimitWindow", option_number,          \
	     "time that the next three count in; 0: none"},                    \
	    {"--window-requests", "N", "rateLimitRequests", option_number,     \
	     "requests in a window; 0: no limit"},                             \
	    {"--window-tokens", "N", "tokenLimit", option_number,              \
	     "tokens in a window; 0: no limit"},                               \
	    {"--window-cost", "USD", "rateLimitCost", option_amount,           \
	     "cost of a window; 0: no limit"},                                 \
	    {"--daily-cost", "USD", "dailyCostLimit", option_amount,           \
	     "cost of a day; 0: no limit"},                                    \
	    {"--total-cost", "USD", "totalCostLimit", option_amount,           \
	     "cost in all; 0: no limit"},                                      \
	    {"--models", "A,B,C*", "allowedModels", option_list,               \
	     "names that may be asked for; '': all"},                          \
	    {"--not-models", "A,B,C*", "restrictedModels", option_list,        \
	     "names that may not"},                                            \
	    {"--expires", "WHEN", "expiresAt", option_date,                    \
	     "2030-01-31, 30d, 12h or never"},                                 \
	    {"--tags", "A,B", "tags", option_list, "words to search by"},      \
	    {"--active", "yes|no", "isActive", option_yes_no,                  \
	     "whether it works"},                                              \
	    {"--from", "FILE", NULL, option_from,                              \
	     "fields of the JSON interface, as an object"},                    \
	{                                                                      \
		"--set", "FIELD=VALUE", NULL, option_set,                      \
		    "any other field; options.thinkTags=off"                   \
	}

static const struct ctl_option key_create_options[] = {KEY_OPTIONS};

static const struct ctl_option key_update_options[] = {
    {"--name", "NAME", "name", option_text, "a new name"},
    KEY_OPTIONS,
};

static const struct ctl_option key_list_options[] = {
    {"--search", "TEXT", "search", option_text,
     "part of a name or description"},
    {"--limit", "N", "limit", option_number, "at most so many (500)"},
};

#define ACCOUNT_OPTIONS                                                        \
	{"--endpoint", "URL", "endpoint", option_text,                         \
	 "http://host:port or https://host of the model server"},              \
	    {"--model", "NAME", "deploymentName", option_text,                 \
	     "the server's own name for the model (deployment)"},              \
	    {"--serves", "A,B*,C=D", "supportedModels", option_models,         \
	     "names that clients may ask for (C is sent as D); '': all"},      \
	    {"--api-key-file", "FILE", "apiKey", option_secret_file,           \
	     "key of the server: the first line of FILE"},                     \
	    {"--api-key-stdin", NULL, "apiKey", option_secret_stdin,           \
	     "the same, a line of standard input"},                            \
	    {"--protocol", "WORD", "protocol", option_text,                    \
	     "openai or anthropic: what the server speaks (openai)"},          \
	    {"--flavour", "WORD", "flavour", option_text,                      \
	     "vllm, ollama, llamacpp, ... (auto)"},                            \
	    {"--capabilities", "LIST", "capabilities", option_list,            \
	     "any of vision,tools,thinking (all)"},                            \
	    {"--priority", "N", "priority", option_number,                     \
	     "1 to 100, larger first (50)"},                                   \
	    {"--weight", "N", "weight", option_number,                         \
	     "share among equals (1)"},                                        \
	    {"--max-concurrent", "N", "maxConcurrentTasks", option_number,     \
	     "requests in flight at most; 0: no limit"},                       \
	    {"--context-window", "N", "contextWindow", option_number,          \
	     "tokens that the model takes; 0: found out"},                     \
	    {"--max-output", "N", "maxOutputTokens", option_number,            \
	     "tokens of an answer at most; 0: no limit"},                      \
	    {"--schedulable", "yes|no", "schedulable", option_yes_no,          \
	     "whether it is picked for requests"},                             \
	    {"--description", "TEXT", "description", option_text,              \
	     "for people"},                                                    \
	    {"--api-version", "DATE", "apiVersion", option_text, "of Azure"},  \
	    {"--from", "FILE", NULL, option_from,                              \
	     "fields of the JSON interface, as an object"},                    \
	{                                                                      \
		"--set", "FIELD=VALUE", NULL, option_set,                      \
		    "any other field; options.thinkTags=off"                   \
	}

static const struct ctl_option account_add_options[] = {
    {"--type", "WORD", "type", option_text,
     "azure-openai (default), openai or openai-responses"},
    ACCOUNT_OPTIONS,
};

static const struct ctl_option type_options[] = {
    {"--type", "WORD", "type", option_text,
     "azure-openai (default), openai or openai-responses"},
};

static const struct ctl_option account_update_options[] = {
    {"--name", "NAME", "name", option_text, "a new name"},
    ACCOUNT_OPTIONS,
};

static const struct ctl_option price_options[] = {
    {"--input", "USD", "input", option_amount,
     "per million tokens of the prompt"},
    {"--output", "USD", "output", option_amount,
     "per million tokens of the answer"},
    {"--cache-read", "USD", "cacheRead", option_amount,
     "per million tokens that the backend had kept"},
    {"--cache-write", "USD", "cacheWrite", option_amount,
     "per million tokens that it keeps"},
};

static const struct ctl_option backup_options[] = {
    {"--with-key", NULL, "includeKey", option_true,
     "put the key file in; who has both reads all secrets"},
    {"--no-verify", NULL, "unverified", option_true, "do not examine the copy"},
};

static const struct ctl_option restore_options[] = {
    {"--force", NULL, "force", option_true, "move a state that is there away"},
};

#endif
