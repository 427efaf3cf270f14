/* Every command: its words, its help, its options. */
#include "ctl/cmd.h"

#define OPTIONS(list)                                                          \
	.options = (list), .noptions = sizeof(list) / sizeof((list)[0])

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

const struct ctl_command ctl_commands[] = {
    {.group = "status",
     .arguments = "",
     .help = "does the responder run, since when, and which accounts are out",
     .more = "Exit code 3 when it does not run; the counts are then those of "
	     "the database.",
     .example = "llmrelayctl status --json | jq .inFlight",
     .run = ctl_status},
    {.group = "stats",
     .arguments = "",
     .help = "requests and tokens of today, by key, account and model",
     .more = "Today begins at midnight of this machine's time zone.",
     .example = "llmrelayctl stats --json | jq '.keys[].allTokens'",
     .run = ctl_stats},
    {.group = "routes",
     .arguments = "",
     .help = "which names clients can ask for, and which account serves them",
     .more = "Usable accounts stand first, those with the larger priority "
	     "before others.",
     .example = "llmrelayctl routes",
     .run = ctl_routes},
    {.group = "check",
     .arguments = "[URL]",
     .help = "look for mistakes of the installation, through the web server",
     .more = "URL is the address that clients use (http://127.0.0.1).  Each "
	     "finding says what is\nwrong, why it matters and what to write "
	     "into the configuration of the web server\nat hand.  Exit code 1 "
	     "when something is wrong.",
     .example = "llmrelayctl check https://llm.example.org",
     OPTIONS(check_options),
     .max = 1,
     .run = ctl_check},
    {.group = "reload",
     .arguments = "",
     .help = "have the running responder read its settings again",
     .more = "Says which count from now on and which need a restart.  A file "
	     "with mistakes changes\nnothing; config check lists them all.",
     .example = "llmrelayctl reload",
     .run = ctl_reload},
    {.group = "backup",
     .arguments = "[DIR|NAME]",
     .help = "copy the state into a new folder, also while it is in use",
     .more = "A NAME without / is a folder below backups in state_dir; without "
	     "one it is the time.\nThe responder writes it, as its user and "
	     "where its service may.  The key file, without\nwhich nobody can "
	     "restore anything, is not in it unless --with-key is given.",
     .example = "llmrelayctl backup monday",
     OPTIONS(backup_options),
     .max = 1,
     .run = ctl_backup},
    {.group = "restore",
     .arguments = "DIR|NAME",
     .help = "make a backup the state; the responder must be stopped",
     .more = "The copy is recovered and verified before anything is replaced.",
     .example = "llmrelayctl restore monday",
     OPTIONS(restore_options),
     .min = 1,
     .max = 1,
     .run = ctl_restore},
    {.group = "verify",
     .arguments = "[DIR|NAME]",
     .help = "examine a backup, or the state of a stopped responder",
     .more = "Every page of every table, indexes against what they index, "
	     "counters against the\nledger, secrets against the key file.  "
	     "Exit code 1 when something is damaged.",
     .example = "llmrelayctl verify monday",
     .max = 1,
     .run = ctl_verify},
    {.group = "admin",
     .verb = "create",
     .arguments = "NAME",
     .help = "make an administrator, who can log in at /admin/login",
     .more = "On a terminal the password is asked for twice; elsewhere, or "
	     "when it is left\nempty, one is made up and printed, once.",
     .example = "llmrelayctl admin create root",
     OPTIONS(password_options),
     .min = 1,
     .max = 1,
     .run = ctl_admin_create},
    {.group = "admin",
     .verb = "list",
     .arguments = "",
     .help = "list the administrators",
     .example = "llmrelayctl admin list",
     .run = ctl_admin_list},
    {.group = "admin",
     .verb = "password",
     .alias = "passwd",
     .arguments = "NAME",
     .help = "give an administrator a new password, and end their sessions",
     .more = "Where the password comes from: as with admin create.",
     .example = "llmrelayctl admin password root",
     OPTIONS(password_options),
     .min = 1,
     .max = 1,
     .run = ctl_admin_password},
    {.group = "admin",
     .verb = "delete",
     .arguments = "NAME",
     .help = "take an administrator away; never the last one",
     .example = "llmrelayctl admin delete bob",
     .min = 1,
     .max = 1,
     .run = ctl_admin_delete},
    {.group = "admin",
     .verb = "code",
     .arguments = "",
     .help = "print a code that makes the first administrator in the browser",
     .more = "As long as there is none, /admin-next/ asks for it.  It works "
	     "once, for 30 minutes, and\ninstead of the one before.",
     .example = "llmrelayctl admin code",
     .run = ctl_admin_code},
    {.group = "token",
     .verb = "create",
     .arguments = "NAME",
     .help = "make an admin token for a script; printed once",
     .more = "The token alone goes to standard output.  It may do what an "
	     "administrator may,\nbut for making administrators and tokens.",
     .example = "llmrelayctl token create ci --expires 90d >token",
     OPTIONS(token_options),
     .min = 1,
     .max = 1,
     .run = ctl_token_create},
    {.group = "token",
     .verb = "list",
     .arguments = "",
     .help = "list admin tokens, and the sessions of administrators",
     .example = "llmrelayctl token list",
     .run = ctl_token_list},
    {.group = "token",
     .verb = "revoke",
     .arguments = "NAME|ID",
     .help = "end a token, or a session by its id",
     .example = "llmrelayctl token revoke ci",
     .min = 1,
     .max = 1,
     .run = ctl_token_revoke},
    {.group = "key",
     .verb = "create",
     .arguments = "NAME",
     .help = "make an API key for a client; printed once",
     .more = "The key alone goes to standard output.",
     .example = "llmrelayctl key create laptop --concurrency 4 --expires 1000d",
     OPTIONS(key_create_options),
     .min = 1,
     .max = 1,
     .run = ctl_key_create},
    {.group = "key",
     .verb = "list",
     .arguments = "",
     .help = "list the API keys, the newest first",
     .example = "llmrelayctl key list --search laptop",
     OPTIONS(key_list_options),
     .run = ctl_key_list},
    {.group = "key",
     .verb = "show",
     .arguments = "NAME|ID",
     .help = "show an API key: its limits and what it used",
     .example = "llmrelayctl key show laptop",
     .min = 1,
     .max = 1,
     .run = ctl_key_show},
    {.group = "key",
     .verb = "update",
     .arguments = "NAME|ID",
     .help = "change what an API key may do",
     .more = "What is not named stays as it is.",
     .example = "llmrelayctl key update laptop --models 'qwen3-*' --active yes",
     OPTIONS(key_update_options),
     .min = 1,
     .max = 1,
     .run = ctl_key_update},
    {.group = "key",
     .verb = "delete",
     .arguments = "NAME|ID",
     .help = "put an API key into the trash: it works no more",
     .example = "llmrelayctl key delete laptop",
     .min = 1,
     .max = 1,
     .run = ctl_key_delete},
    {.group = "account",
     .verb = "list",
     .arguments = "",
     .help = "list the accounts, which are model servers",
     .example = "llmrelayctl account list",
     .run = ctl_account_list},
    {.group = "account",
     .verb = "show",
     .arguments = "NAME|ID",
     .help = "show an account",
     .example = "llmrelayctl account show Qwen3-32B",
     .min = 1,
     .max = 1,
     .run = ctl_account_show},
    {.group = "account",
     .verb = "add",
     .arguments = "NAME",
     .help = "add a model server, and test the connection",
     .more = "It is added even when the test fails.",
     .example = "llmrelayctl account add Qwen3-32B --endpoint "
		"http://192.168.1.100:8000 \\\n"
		"      --model qwen3-32b --serves 'qwen3-32b,claude-*'",
     OPTIONS(account_add_options),
     .min = 1,
     .max = 1,
     .run = ctl_account_add},
    {.group = "account",
     .verb = "update",
     .arguments = "NAME|ID",
     .help = "change an account",
     .more = "What is not named stays as it is.",
     .example = "llmrelayctl account update Qwen3-32B --priority 80",
     OPTIONS(account_update_options),
     .min = 1,
     .max = 1,
     .run = ctl_account_update},
    {.group = "account",
     .verb = "test",
     .arguments = "[NAME|ID]...",
     .help = "test accounts in full: models, a stream, a tool call",
     .more = "Without a name, all of them.  Exit code 1 when one of them "
	     "fails.",
     .example = "llmrelayctl account test",
     .max = 1000,
     .run = ctl_account_test},
    {.group = "account",
     .verb = "import",
     .arguments = "FILE",
     .help = "add or update the accounts of a custom-models-config.json",
     .more =
	 "Also of a file that account export wrote.  An account whose name "
	 "is there already\nis updated, never doubled; when one is refused, "
	 "none is written.  Each is tested,\nand what the test says does not "
	 "count for the exit code.  FILE may be - for\nstandard input.",
     .example = "llmrelayctl account import custom-models-config.json",
     OPTIONS(type_options),
     .min = 1,
     .max = 1,
     .run = ctl_account_import},
    {.group = "account",
     .verb = "export",
     .arguments = "",
     .help = "print the accounts as JSON, without secrets",
     .example = "llmrelayctl account export >accounts.json",
     OPTIONS(type_options),
     .run = ctl_account_export},
    {.group = "account",
     .verb = "delete",
     .arguments = "NAME|ID",
     .help = "take an account away",
     .example = "llmrelayctl account delete Qwen3-32B",
     .min = 1,
     .max = 1,
     .run = ctl_account_delete},
    {.group = "account",
     .verb = "reset",
     .arguments = "NAME|ID",
     .help = "try an account again, and forget what it taught",
     .example = "llmrelayctl account reset Qwen3-32B",
     .min = 1,
     .max = 1,
     .run = ctl_account_reset},
    {.group = "account",
     .verb = "enable",
     .arguments = "NAME|ID",
     .help = "use an account again: active and schedulable",
     .example = "llmrelayctl account enable Qwen3-32B",
     .min = 1,
     .max = 1,
     .run = ctl_account_enable},
    {.group = "account",
     .verb = "disable",
     .arguments = "NAME|ID",
     .help = "send no more requests to an account",
     .example = "llmrelayctl account disable Qwen3-32B",
     .min = 1,
     .max = 1,
     .run = ctl_account_disable},
    {.group = "price",
     .verb = "list",
     .arguments = "",
     .help = "list the prices by model",
     .example = "llmrelayctl price list",
     .run = ctl_price_list},
    {.group = "price",
     .verb = "set",
     .arguments = "MODEL",
     .help = "say what a model costs, by its name or as NAME*",
     .more = "For accounts without a price of their own.  The name that is "
	     "sent to the backend counts,\nthen the one that was asked for.  "
	     "What is not given is 0.",
     .example = "llmrelayctl price set 'qwen3-*' --input 0.2 --output 0.6",
     OPTIONS(price_options),
     .min = 1,
     .max = 1,
     .run = ctl_price_set},
    {.group = "price",
     .verb = "remove",
     .arguments = "MODEL",
     .help = "forget what a model costs",
     .example = "llmrelayctl price remove 'qwen3-*'",
     .min = 1,
     .max = 1,
     .run = ctl_price_remove},
    {.group = "price",
     .verb = "import",
     .arguments = "FILE",
     .help = "set many prices from JSON",
     .more = "What price list --json prints, an object of prices by model, or "
	     "a price list with\ninput_cost_per_token and its like.  FILE may "
	     "be - for standard input.",
     .example = "llmrelayctl price import prices.json",
     .min = 1,
     .max = 1,
     .run = ctl_price_import},
    {.group = "config",
     .verb = "check",
     .arguments = "",
     .help = "read the configuration file and report every mistake in it",
     .example = "llmrelayctl --config /etc/llmrelay/llmrelay.conf config check",
     .local = true,
     .run = ctl_config_check},
    {.group = "config",
     .verb = "sample",
     .arguments = "",
     .help = "print a configuration file with all settings",
     .example = "llmrelayctl config sample >llmrelay.conf",
     .local = true,
     .run = ctl_config_sample},
    {.group = "config",
     .verb = "manual",
     .arguments = "",
     .help = "print all settings as mdoc(7), for llmrelay.conf(5)",
     .example = "llmrelayctl config manual",
     .local = true,
     .run = ctl_config_manual},
};
const size_t ctl_ncommands = sizeof(ctl_commands) / sizeof(ctl_commands[0]);
