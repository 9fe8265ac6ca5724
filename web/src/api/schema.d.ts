// Made by `npm run api` from /openapi.json.
export interface paths {
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether Tenon is alive */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a command, Python code or a batch
         * @description Synchronous unless `async` is true: the answer is the result, or after 30 s a timeout with the task's id while
         *     the task goes on. A body with `"jsonrpc"` is a message of the Model Context Protocol, and answered by it.
         */
        post: operations["submit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The queue's figures and its latest tasks */
        get: operations["figures"];
        put?: never;
        /**
         * The queue's figures and its latest tasks
         * @description The same as with GET. A body is not needed.
         */
        post: operations["figures_by_post"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp/task/{task_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A task's status, and its result once it has one */
        get: operations["fetch"];
        put?: never;
        post?: never;
        /**
         * Cancel a task
         * @description A waiting one leaves the queue, a running script is interrupted (`cancelling` until it has ended). One that has
         *     ended stays as it is, and its status is told.
         */
        delete: operations["cancel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tenon's figures for Prometheus
         * @description The text format 0.0.4. A dashboard for Grafana is `docs/grafana.json`.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/commands": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a command, Python code or a batch in a session
         * @description As `POST /mcp`, for the session of the path.
         */
        post: operations["send"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sign-in": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign a browser in
         * @description The cookie `tenon_PORT` that is set stands for the token in what Tenon's own page sends: until the browser is closed,
         *     Tenon stops, or it was not used for 7 days. After five wrong tokens each further one has to wait, 30 s at most.
         */
        post: operations["sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sign-out": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign the browser out
         * @description Its cookie is worth nothing from now on, and the WebSockets that it opened are closed.
         */
        post: operations["sign_out"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Uptime, clients, queue, and what Blender's main thread is doing */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ws/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Clients and messages of the notification channels */
        get: operations["channel_statistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List sessions
         * @description List sessions, those of earlier runs too, the last used first.
         */
        get: operations["list_sessions"];
        put?: never;
        /**
         * Create session
         * @description Make a session that any connection may name.
         */
        post: operations["create_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Search history
         * @description Find commands in the histories of all sessions, or of one, by words of their names, arguments, results and the person's own words. All words must be there; the newest come first.
         */
        get: operations["search_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/statistics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get store statistics
         * @description Tell how many sessions, entries and tasks are kept, where, and in how many bytes.
         */
        get: operations["get_store_statistics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cleanup idle sessions
         * @description Close every session of this run of Tenon that was idle for longer; answer their ids.
         */
        post: operations["cleanup_idle_sessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/delete-unused": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cleanup sessions
         * @description Delete every session that was not used for so many days and is live nowhere; answer their ids.
         */
        post: operations["cleanup_sessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Export sessions
         * @description Write stored sessions with their histories into a file that import_sessions reads.
         */
        post: operations["export_sessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Import sessions
         * @description Read sessions from an exported file; those that are there already stay as they are.
         */
        post: operations["import_sessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get session info
         * @description Tell a session's times, state and counters, also of one that is only stored.
         */
        get: operations["get_session_info"];
        put?: never;
        post?: never;
        /**
         * Close session
         * @description End a session and close the connections that hold it. Its history is kept, and restore_session brings it back.
         */
        delete: operations["close_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/state": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Update state
         * @description Merge the given keys (any but session_id) into a session's state and answer the whole.
         */
        patch: operations["update_state"];
        trace?: never;
    };
    "/sessions/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get session history
         * @description List a session's commands in order, with arguments, results and durations: the last ones, or those before an entry.
         */
        get: operations["get_session_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/save": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Save session
         * @description Have a session kept even if nothing has happened in it yet; all others are kept unasked.
         */
        post: operations["save_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Restore session
         * @description Make a stored, parked or closed session live again, as it was.
         */
        post: operations["restore_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Delete session
         * @description End a session and forget it, its history and its logs.
         */
        post: operations["delete_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/sessions/{id}/design": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Write design document
         * @description Write a session's design document beside its logs, as closing it does, and answer it.
         */
        post: operations["write_design_document"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/instances": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List instances
         * @description List the Blenders of this machine in which Tenon serves: process, port, and the file that is open.
         */
        get: operations["list_instances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Accepted: {
            session_id: string;
            /** @example queued */
            status: string;
            /** @example 7d444840-9dc0-11d1-b245-5ffdce74fad2 */
            task_id: string;
        };
        BatchCommand: string | components["schemas"]["OneCommand"];
        BatchItem: {
            command: string;
            error?: null | components["schemas"]["ErrorBody"];
            result?: unknown;
            /**
             * @description `success`, `error` or `skipped`.
             * @example success
             */
            status: string;
        };
        /** @description What a batch answers. */
        BatchResult: {
            /** Format: int32 */
            completed: number;
            /** Format: int32 */
            failed: number;
            /** @description In the order of the commands. */
            results: components["schemas"]["BatchItem"][];
            /** Format: int32 */
            skipped: number;
            /** @description Every command was done. */
            success: boolean;
            /** @description The batch was atomic and failed: everything was taken back. */
            undone: boolean;
        };
        BlenderConnection: {
            connected: boolean;
            host: string;
            /**
             * Format: double
             * @description When Blender's main thread last gave a sign, Unix seconds.
             */
            last_heartbeat: number;
            /** Format: int32 */
            port: number;
        };
        /** @description The answer of `set_settings`. */
        ChangedSettings: {
            /** @description As they are now. */
            changed: Record<string, never>;
        };
        ChannelStatistics: {
            active_channels: string[];
            /** @description Subscribers by channel. */
            channel_stats: {
                [key: string]: number;
            };
            /**
             * Format: int64
             * @description Events that came faster than they could be handed on; the channels' rings do not hold them either.
             */
            events_dropped: number;
            /** @description Channels that anyone subscribes to. */
            total_channels: number;
            total_clients: number;
            /** Format: int64 */
            total_connections_ever: number;
            /** Format: int64 */
            total_messages_sent: number;
        };
        /** @description The answer of `list_clients`. */
        Clients: {
            clients: components["schemas"]["Connection"][];
            sessions: components["schemas"]["UsedSession"][];
        };
        ClosedSession: {
            closed: boolean;
            session_id: string;
        };
        /** @description A command since the start. */
        CommandFigures: {
            command: string;
            /** Format: int64 */
            count: number;
            /** Format: int64 */
            failed: number;
            /**
             * Format: double
             * @description Its runs together.
             */
            seconds: number;
        };
        /** @description An open connection. */
        Connection: {
            /**
             * @description Where it comes from.
             * @example 127.0.0.1:50000
             */
            address: string;
            /** Format: int64 */
            id: number;
            /** @description `json`, `http`, `mcp` or `websocket`: what it spoke last. Null while it has said nothing. */
            protocol?: string | null;
            /**
             * Format: double
             * @description Unix seconds.
             */
            since: number;
        };
        CreatedSession: {
            /** @example scene-20260106-101530-a1b2c3d4 */
            session_id: string;
        };
        DeletedSession: {
            deleted: boolean;
            session_id: string;
        };
        Design: {
            /** @description Markdown. */
            document: string;
            filepath: string;
            session_id: string;
        };
        /** @description A term found by words. */
        DictionaryHit: components["schemas"]["DictionaryTerm"] & {
            language: components["schemas"]["DictionaryLanguage"];
            /** @description The name that fits, and its language. */
            matched: string;
            /**
             * Format: double
             * @description How well it fits, up to 1: as written, its beginning, a part, mistyped.
             */
            score: number;
        };
        /** @enum {string} */
        DictionaryLanguage: "en" | "ja" | "zh";
        /** @description One term of the dictionary. */
        DictionaryTerm: {
            /** @description What is built, in a sentence. */
            builds: string;
            /** @description The command that makes it. */
            command?: string | null;
            id: string;
            /** @description The class of the Industry Foundation Classes. */
            ifc?: string | null;
            kind: components["schemas"]["TermKind"];
            /** @description `en`, `ja`, `zh`. */
            languages?: {
                [key: string]: components["schemas"]["TermWords"];
            };
            /** @description Of a parameter: command to the name that it has there. */
            means?: {
                [key: string]: string;
            };
            params?: {
                [key: string]: components["schemas"]["TermParameter"];
            };
            /** @description Parameters that the term itself gives, unless the words with it say otherwise. */
            presets?: {
                [key: string]: unknown;
            };
        };
        Done: components["schemas"]["TaskResult"] & {
            session_id: string;
            /** @example completed */
            status: string;
            /** @description Absent if the command was answered at once, without Blender. */
            task_id?: string | null;
        };
        /**
         * @description What went wrong, as a client is told it. Some errors carry more: `task_id`, or the figures of a full queue
         *     (`capacity`, `waiting`).
         * @example {
         *       "code": "queue_full",
         *       "message": "The queue is full: 100 tasks are waiting",
         *       "capacity": 100,
         *       "waiting": 100
         *     }
         */
        ErrorBody: {
            code: string;
            message: string;
        } & {
            [key: string]: unknown;
        };
        Exported: {
            filepath: string;
            /**
             * Format: int64
             * @description How many.
             */
            sessions: number;
        };
        /** @description `{"error": {"code", "message", …}}` */
        Failure: {
            error: components["schemas"]["ErrorBody"];
        };
        /** @description The answer of `get_queue_status`. */
        Figures: {
            cancelled: number;
            capacity: number;
            completed: number;
            current_task?: string | null;
            failed: number;
            /**
             * Format: int64
             * @description Answers that nobody was left to hear.
             */
            late: number;
            pending: number;
            processing: number;
            /** @description Tasks that wait. */
            queue_size: number;
            /** @description The latest tasks by id. */
            tasks: {
                [key: string]: components["schemas"]["TaskSummary"];
            };
        };
        Health: {
            /** @example ok */
            status: string;
            version: string;
        };
        /** @description One command of a session, once it has ended, as clients are told of it. */
        HistoryEntry: {
            /** @description Large ones are shortened. */
            args: unknown;
            command: string;
            /**
             * Format: double
             * @description Seconds.
             */
            duration: number;
            /**
             * Format: int64
             * @description Counts the session's entries from 1.
             */
            id: number;
            /** @description As the command answered it, or `{"status": "error", "code", "message"}`; large ones are shortened. */
            result: unknown;
            success: boolean;
            task_id: string;
            /**
             * Format: double
             * @description When it began, Unix seconds.
             */
            timestamp: number;
            /** @description The person's own words, if the client gave them. */
            user_input?: string | null;
        };
        /** @description A command found in some session's history. */
        Hit: components["schemas"]["HistoryEntry"] & {
            /**
             * Format: int64
             * @description For `before`, to go on from here.
             */
            cursor: number;
            session_id: string;
        };
        ImportedSessions: {
            filepath: string;
            imported: string[];
            /** @description Those that were there already. */
            skipped: string[];
        };
        /** @description One running Tenon. */
        Instance: components["schemas"]["InstanceFile"] & {
            /** @description Whether it is the one that answers. */
            this: boolean;
        };
        /** @description One running Tenon, as its file tells it. */
        InstanceFile: {
            /** @description Blender's version as it tells it; empty outside Blender. */
            blender: string;
            /** @description The file that is open; empty if it was never saved. */
            file: string;
            host: string;
            /** @description The run of the server; what sessions in the store are owned by. */
            instance: string;
            /** Format: int32 */
            pid: number;
            /** Format: int32 */
            port: number;
            /**
             * Format: double
             * @description Unix seconds.
             */
            started_at: number;
            /** @description Tenon's version. */
            version: string;
        };
        LastError: {
            code: string;
            message: string;
            /** @description ISO 8601, local time. */
            time: string;
        };
        /** @description Bytes, levels, seconds, and numbers of things; see the settings of these names. */
        Limits: {
            /** Format: double */
            idle_timeout: number;
            max_connections: number;
            max_depth: number;
            max_message: number;
            /** Format: double */
            message_timeout: number;
            queue_size: number;
        };
        /** @description A line of `list_sessions`. */
        ListedSession: components["schemas"]["SessionInfo"] & {
            /** @description The Blender that it is live in, if that is another one: see `/instances`. */
            instance?: string | null;
            status: components["schemas"]["SessionStatus"];
        };
        /** @description A task in a list. */
        ListedTask: components["schemas"]["TaskEvent"] & {
            /** @description The parameters, or `{"omitted"}` where they are large. */
            args: Record<string, never>;
            /** @description It is being stopped and has not ended yet. */
            cancelling?: boolean;
            /** @description Of a waiting one: 1 begins next, if no other session's task comes in between. */
            place?: number | null;
            /** @description The task that this one does again. */
            retry_of?: string | null;
            /** @description The command's own name. */
            runs: string;
        };
        /** @description A model that runs at the address. Only Ollama tells more than its name. */
        LlmModel: {
            /** @example qwen3:8b */
            name: string;
            /** @example 8.2B */
            parameters?: string | null;
            /** @example Q4_K_M */
            quantization?: string | null;
            /**
             * Format: int64
             * @description Bytes on disk.
             */
            size?: number | null;
        };
        LlmModels: {
            /** @description The protocol: `ollama` or `openai`. */
            api: string;
            /** @description Models left out because they run in the cloud: what is said would leave the machine. */
            cloud_models_hidden: number;
            models: components["schemas"]["LlmModel"][];
        };
        /** @description How the model is: what `get_llm_status` tells. */
        LlmStatus: {
            /** @description Null if the setting is no good. */
            address?: string | null;
            /** @description The protocol that the address was found to speak: `ollama` or `openai`. */
            api?: string | null;
            /**
             * Format: int64
             * @description Tokens that it can hold; null if the server does not tell.
             */
            context?: number | null;
            /** @description The setting `llm`. */
            enabled: boolean;
            error?: null | components["schemas"]["ErrorBody"];
            /** @description Whether a key is set. */
            has_key: boolean;
            /** @description Whether it is in memory already; null if the server does not tell. */
            loaded?: boolean | null;
            /** @description The one that is asked. */
            model?: string | null;
            /** @description `off`, `ready`, or `unavailable` for the reason in `error`. */
            state: string;
            /** @description Whether it can look things up; null if the server does not tell. */
            tools?: boolean | null;
            /** @description Ollama's. */
            version?: string | null;
        };
        LogRecord: {
            /** Format: int64 */
            id: number;
            level: string;
            message: string;
            target: string;
            /**
             * Format: double
             * @description Unix seconds.
             */
            time: number;
        };
        /** @description The answer of `get_logs`. */
        Logs: {
            /**
             * Format: int64
             * @description `before` of the older ones, if there are any.
             */
            cursor?: number | null;
            /** @description What is logged at all: this and what is graver. */
            level: string;
            /** @description The oldest first. */
            records: components["schemas"]["LogRecord"][];
        };
        /** @description What Blender's main thread is doing. */
        MainThread: {
            command?: string | null;
            /**
             * Format: double
             * @description Seconds since it gave a sign: looked for work, or began or ended a step of some.
             */
            last_sign: number;
            /**
             * Format: double
             * @description How long it has been so.
             */
            seconds: number;
            state: components["schemas"]["MainThreadState"];
            task_id?: string | null;
        };
        /** @enum {string} */
        MainThreadState: "idle" | "running";
        /** @description Handed back with the task as it is. These members mean something; any others may be added. */
        Metadata: {
            /** @description Of a batch: one undo step for all of it, and if any command fails, nothing is changed. */
            atomic?: boolean | null;
            /** @description Of a batch, 1,000 at most: each the name of a command, or an object of `type`, `command` and `params`. */
            commands?: components["schemas"]["BatchCommand"][] | null;
            /**
             * @description Of a batch, after a command that failed: `stop` (the default) or `continue`.
             * @example stop
             */
            on_error?: string | null;
            /** @description Add a small PNG picture of the view to the result. */
            preview?: boolean | null;
            /** @description The person's own words, for the session's logs. */
            user_prompt?: string | null;
        };
        /** @description As in `TaskRequest`. */
        OneCommand: {
            command?: string | null;
            params?: Record<string, never> | null;
            type?: string | null;
        };
        /** @description The queue's part of `get_server_status`. */
        QueueSummary: {
            capacity: number;
            running: number;
            /** @description Commands between two of their steps. */
            suspended: number;
            waiting: number;
        };
        SavedSession: {
            /** @description ISO 8601, local time. */
            saved_at: string;
            session_id: string;
        };
        ServerStatus: {
            /** @example localhost:9876 */
            address: string;
            clients: number;
            /** Format: int64 */
            commands_served: number;
            /** Format: int64 */
            connections_total: number;
            /** @description This run among all that share a store. */
            instance: string;
            last_error?: null | components["schemas"]["LastError"];
            limits: components["schemas"]["Limits"];
            main_thread: components["schemas"]["MainThread"];
            /**
             * @description Whether clients may run Python code: `off`, `on`, `safe` or `ask`.
             * @example on
             */
            python_code: string;
            queue: components["schemas"]["QueueSummary"];
            sessions: number;
            store: components["schemas"]["StoreStatus"];
            /**
             * Format: double
             * @description Seconds.
             */
            uptime: number;
            version: string;
        };
        /** @description Times are Unix seconds. */
        Session: {
            blender: components["schemas"]["BlenderConnection"];
            /** Format: int64 */
            command_count: number;
            /** Format: double */
            created_at: number;
            /** Format: double */
            last_activity: number;
            /** @example scene-20260106-101530-a1b2c3d4 */
            session_id: string;
            state: components["schemas"]["State"];
            status: components["schemas"]["SessionStatus"];
        };
        /**
         * @description A session's id.
         * @example scene-20260106-101530-a1b2c3d4
         */
        SessionId: string;
        /** @description A session in a list. Times are Unix seconds. */
        SessionInfo: {
            /** Format: int64 */
            command_count: number;
            /** Format: double */
            created_at: number;
            /** @description It was not used for a while. */
            idle: boolean;
            /** Format: double */
            last_activity: number;
            session_id: string;
        };
        /**
         * @description Where a session stands.
         * @enum {string}
         */
        SessionStatus: "live" | "parked" | "closed";
        /**
         * @description `name`, `type` with what it may be (`choices`, or `minimum`, `maximum` and `unit`), `default`, `label`, `description` and
         *     `environment`, the variable that goes over it.
         */
        Setting: Record<string, never> & {
            /** @description Whether `set_settings` takes it. */
            changeable: boolean;
            /** @description Of a secret: `(hidden)` if there is one. */
            value: Record<string, never>;
        };
        /** @description The answer of `get_settings`. */
        SettingsList: {
            settings: components["schemas"]["Setting"][];
        };
        SignInRequest: {
            /** @example s3cret */
            token: string;
        };
        /** @description What is in Blender's scene, what clients have added with `update_state`, and the session's last command. */
        State: {
            active_object?: string | null;
            file?: string | null;
            /** Format: int64 */
            frame?: number | null;
            last_command?: string | null;
            last_result?: unknown;
            mode?: string | null;
            /** @description Names. */
            objects?: string[] | null;
            selected_objects?: string[] | null;
            selection?: string | null;
        } & {
            [key: string]: unknown;
        };
        /** @description The answer of `get_statistics`. */
        Statistics: {
            clients: number;
            /** @description Since the start, the most used first. */
            commands: components["schemas"]["CommandFigures"][];
            /**
             * Format: int64
             * @description Bytes that Blender's process holds, where the system tells it.
             */
            memory?: number | null;
            /** @description The seconds in which something ended. */
            samples: components["schemas"]["ThroughputSample"][];
            sessions: number;
            /**
             * Format: double
             * @description Unix seconds.
             */
            time: number;
            /** @description All of them together. */
            total: components["schemas"]["ThroughputSample"];
            /** Format: double */
            uptime: number;
            /** @description Tasks that wait now. */
            waiting: number;
        };
        /** @description What a client is told that has cancelled a task. */
        Stopped: {
            /**
             * @description The task's status, or `cancelling` while its script is being interrupted: it has not ended yet, but it will.
             * @example cancelled
             */
            status: string;
            task_id: string;
        };
        /** @enum {string} */
        StoreState: "open" | "off" | "failed";
        /**
         * @description The store's condition; if it is open, also what it holds: `sessions`, `closed_sessions`, `entries`, `tasks`, `bytes`,
         *     `oldest`, `newest` and more.
         */
        StoreStatistics: components["schemas"]["StoreStatus"];
        /** @description Whether sessions are kept, and why not. */
        StoreStatus: {
            /**
             * Format: int64
             * @description Records that could not be kept.
             */
            lost?: number | null;
            /** @description Where they are kept. */
            path?: string | null;
            /** @description What is wrong, or was. */
            reason?: string | null;
            state: components["schemas"]["StoreState"];
            /** @description Bytes that wait to be written. */
            waiting_bytes?: number | null;
        };
        /** @description What `POST /mcp` answers. */
        Submitted: components["schemas"]["Done"] | components["schemas"]["Accepted"];
        /** @description A task with its result. */
        Task: components["schemas"]["TaskDescription"] & {
            result?: null | components["schemas"]["TaskResult"];
        };
        TaskCounts: {
            cancelled: number;
            completed: number;
            failed: number;
            pending: number;
            processing: number;
        };
        /** @description A task as `get_task` answers it, but for its result. */
        TaskDescription: components["schemas"]["TaskEvent"] & {
            /** @example 7d444840-9dc0-11d1-b245-5ffdce74fad2 */
            id: string;
            /** @description As the client gave it. */
            metadata: Record<string, never>;
        };
        /** @description A task as the channel `tasks` tells it. Times are ISO 8601, local time. */
        TaskEvent: {
            /** @example 2024-01-01T00:00:00.000+01:00 */
            created_at: string;
            error?: null | components["schemas"]["ErrorBody"];
            finished_at?: string | null;
            progress?: null | components["schemas"]["TaskProgress"];
            session_id: string;
            started_at?: string | null;
            status: components["schemas"]["TaskStatus"];
            /** @description The same as `id`. */
            task_id: string;
            /**
             * @description The `type` that was sent, or `execute`.
             * @example execute
             */
            type: string;
            /**
             * @description `approval`: until the user allows it. `model`: until a language model has read its sentence. In lists also `turn`,
             *     `session` (an earlier task of its session) and `storage` (until it is written). Absent otherwise.
             */
            waits_for?: string | null;
        };
        /** @description The answer of `list_tasks`. */
        TaskList: {
            /** @description All tasks that are known, whatever was asked for. */
            counts: components["schemas"]["TaskCounts"];
            /** @description `before` of the next page, if there is one. */
            cursor?: string | null;
            /** @description How many are as was asked for. */
            matching: number;
            /** @description The newest first. */
            tasks: components["schemas"]["ListedTask"][];
        };
        /** @description How far a running task is, as it says itself. */
        TaskProgress: {
            /**
             * Format: double
             * @description 0 to 1.
             */
            fraction?: number | null;
            message?: string | null;
        };
        /**
         * @description What to run. `type` says how `command` is meant: `execute` (or nothing): the name of a command, or a sentence;
         *     `execute_code`: Python source text; `batch`: not needed, `metadata.commands` are run in order; any other
         *     `type` is itself the name of a command.
         * @example {
         *       "type": "create_object",
         *       "params": {
         *         "type": "CUBE",
         *         "name": "Box"
         *       },
         *       "async": true
         *     }
         */
        TaskRequest: {
            /** @description Answer the task's id at once. */
            async?: boolean | null;
            /** @description A command's name, a sentence in English, Japanese or Chinese, or Python source text. */
            command?: string | null;
            /** @description Of a sentence: tell the commands that it means, and do nothing. */
            dry_run?: boolean | null;
            metadata?: null | components["schemas"]["Metadata"];
            /** @description The command's parameters, by the schemas of the commands. */
            params?: Record<string, never> | null;
            /** @description The session to run in; without one the connection's own. */
            session_id?: string | null;
            /**
             * @description A UUID of the client's own for the task, never used before: after a lost connection it tells what became of it.
             * @example 1b4e28ba-2fa1-11d2-883f-0016d3cca427
             */
            task_id?: string | null;
            /**
             * Format: double
             * @description Seconds after which the command is stopped.
             */
            timeout?: number | null;
            /**
             * @description How `command` is meant.
             * @example create_object
             */
            type?: string | null;
        };
        /** @description What a command answered. */
        TaskResult: {
            /** @description A PNG picture as base64, if `metadata.preview` asked for it; null if none could be made. */
            preview?: string | null;
            /** @description Why there is no picture. */
            preview_error?: string | null;
            /** @description As the command answered it; of a batch see `BatchResult`. */
            result: unknown;
            /** @description False only for a batch that did not do everything. */
            success: boolean;
        };
        /**
         * @description How a task stands.
         * @enum {string}
         */
        TaskStatus: "pending" | "processing" | "completed" | "failed" | "cancelled";
        TaskSummary: {
            /** @description ISO 8601, local time. */
            created_at: string;
            status: components["schemas"]["TaskStatus"];
            type: string;
        };
        /**
         * @description What a term is.
         * @enum {string}
         */
        TermKind: "element" | "compound" | "parameter" | "material" | "shape" | "concept";
        /** @description One parameter of a term's command. One without `default` has none. */
        TermParameter: {
            choices?: string[];
            default?: unknown;
            /** @description m, rad, count, W, W/m2; or boolean, choice, colour, object, text. */
            unit: string;
        };
        /** @description What a term is called in one language. */
        TermWords: {
            /** @description Of names that also mean something else: which is meant when. */
            ambiguous?: {
                [key: string]: string;
            };
            /** @description A sentence with it. */
            example: string;
            /** @description The usual name first. */
            names: string[];
            /** @description What the parameters are called. */
            params?: {
                [key: string]: string[];
            };
        };
        /** @description One second, or all that were asked for together. Durations are seconds. */
        ThroughputSample: {
            /**
             * Format: double
             * @description Seconds in which a command ran; one that goes in steps counts between them too.
             */
            busy: number;
            /**
             * Format: int64
             * @description Tasks that ended.
             */
            commands: number;
            /** Format: int64 */
            failed: number;
            /**
             * Format: double
             * @description From acceptance to end.
             */
            latency_p50?: number | null;
            /** Format: double */
            latency_p99?: number | null;
            /**
             * Format: int64
             * @description Commands answered without Blender.
             */
            native: number;
            /**
             * Format: double
             * @description From beginning to end.
             */
            run_p50?: number | null;
            /** Format: double */
            run_p99?: number | null;
            /**
             * Format: int64
             * @description Unix seconds; of all together, the first.
             */
            time: number;
            /** @description The most that waited when a task ended. */
            waiting: number;
        };
        /** @description A session in use. */
        UsedSession: {
            /** @description What an assistant says of itself: `name`, `version`. */
            client?: Record<string, never> | null;
            /**
             * Format: double
             * @description Unix seconds.
             */
            last_activity: number;
            session_id: string;
        };
        /**
         * Add constraint
         * @description Add a constraint with settings to an object or a pose bone; tells where that stands in the world then.
         */
        "command.add_constraint": {
            /** @description whose */
            object_name: string;
            /** @description as "TRACK_TO", "COPY_LOCATION", "LIMIT_ROTATION", "FOLLOW_PATH", "CHILD_OF", "IK" */
            type: string;
            /** @description a bone of the armature, instead of the object */
            bone?: string | null;
            /** @description of the constraint; the type's own unless given */
            name?: string | null;
            /** @description names and values of Blender's API, as {"target": "Cube", "track_axis": "TRACK_NEGATIVE_Z"} */
            settings?: Record<string, never> | null;
            /** @description its place, 0 being the first; else the last */
            index?: number | null;
        };
        /**
         * Add a light rig
         * @description Add lights that are aimed at objects and placed and powered by how large those are. The front is -Y.
         */
        "command.add_light_rig": {
            /** @description what to light */
            object_names: string[];
            /**
             * @description THREE_POINT (key, fill and rim), STUDIO (soft, from all sides), SUN
             * @default THREE_POINT
             * @enum {string}
             */
            rig: "THREE_POINT" | "STUDIO" | "SUN";
            /**
             * @description factor of all their power
             * @default 1
             */
            strength: number;
            /**
             * @description linear RGB
             * @default [
             *       1,
             *       1,
             *       1
             *     ]
             */
            color: number[];
            /**
             * @description of the whole rig around Z, in radians
             * @default 0
             */
            rotation: number;
        };
        /**
         * Add modifier
         * @description Add a modifier with settings to an object; tells how many vertices the result had and has.
         */
        "command.add_modifier": {
            /** @description whose */
            object_name: string;
            /** @description as "SUBSURF", "BEVEL", "ARRAY", "BOOLEAN", "MIRROR", "SOLIDIFY", "NODES" */
            type: string;
            /** @description of the modifier; the type's own unless given */
            name?: string | null;
            /** @description names and values of Blender's API, as {"levels": 2}; objects and other data blocks by name */
            settings?: Record<string, never> | null;
            /** @description its place in the stack, 0 being the first; else the last */
            index?: number | null;
        };
        /**
         * Add a turntable
         * @description Make a camera go around objects, keyed evenly so that it repeats without a jump, and set the scene's frames to it. Nothing is rendered.
         */
        "command.add_turntable": {
            /** @description what to go around */
            object_names: string[];
            /**
             * @description of the whole way
             * @default 120
             */
            frames: number;
            /**
             * @description make a camera and the scene's active one; otherwise the scene's own goes around
             * @default true
             */
            camera: boolean;
            /**
             * @description of the camera over the middle, in radians
             * @default 0.3490658503988659
             */
            elevation: number;
            /** @description of the camera from the middle; else so that all is seen */
            distance?: number | null;
            /**
             * @description how often around; negative the other way
             * @default 1
             */
            turns: number;
        };
        /**
         * Aim objects
         * @description Turn objects to a target: cameras and lights with the side they look from, all others with their front, which is -Y. They stay upright as far as they can, and do not follow the target later.
         */
        "command.aim_objects": {
            /** @description of the objects */
            names: string[];
            /** @description names of objects, whose bounds' middle is aimed at, or a place [x, y, z] in the world */
            target: string[] | number[];
        };
        /**
         * Align objects
         * @description Move objects along an axis of the world until their bounds are in line with those of the first.
         */
        "command.align_objects": {
            /** @description of the objects; the first one stays */
            names: string[];
            /**
             * @description to move them along
             * @enum {string}
             */
            axis: "X" | "Y" | "Z";
            /**
             * @description which side of the bounds is brought in line
             * @enum {string}
             */
            side: "MIN" | "CENTER" | "MAX";
        };
        /**
         * Apply modifier
         * @description Make what a modifier does part of the object's own mesh, and remove the modifier.
         */
        "command.apply_modifier": {
            /** @description whose */
            object_name: string;
            /** @description its name; without it all of them, from the first to the last */
            modifier?: string | null;
            /**
             * @description where other objects share the mesh, give this one a copy of its own first
             * @default false
             */
            single_user: boolean;
        };
        /**
         * Array objects
         * @description Copy objects until there are so many, in a row, a grid or a circle. Each copy has a mesh of its own; what hangs on an object is copied too. Several objects are copied together, as they stand to each other.
         */
        "command.array_objects": {
            /** @description of the originals */
            names: string[];
            /** @description of each in the end, the original included */
            count: number;
            /**
             * @description ROW along an axis; GRID row by row; CIRCLE around where the original stood, fronts (-Y) outward
             * @enum {string}
             */
            pattern: "ROW" | "GRID" | "CIRCLE";
            /**
             * @description of the world, for ROW; else X
             * @enum {string|null}
             */
            axis?: "X" | "Y" | "Z" | null;
            /** @description from one origin to the next, in the scene's unit; else 1.5 times the own width */
            spacing?: number | null;
            /** @description of the CIRCLE, to the origins; else so that there is 1.5 times the own width to the next */
            radius?: number | null;
            /** @description of the GRID, along Y */
            rows?: number | null;
            /** @description of the GRID, along X; else as many as make it square */
            columns?: number | null;
        };
        /**
         * Assert about the scene
         * @description Test statements about the scene and answer for each whether it holds and what was measured; lengths in the scene's unit, places in the world.
         */
        "command.assert_scene": {
            /** @description each {"kind": ..., and its members}, perhaps "not": true. Kinds: exists (object, material or collection), visible (object), position (object, value [x, y, z] with null for any; of: origin or center), size (object, value), distance (a, b, value or min or max; of: surfaces, centers or origins), touches (a, b), crosses (a, b), above (a, b: over it), on (a, b: rests on it), inside (a, b), count (value or min or max; type, name_contains, collection), material (object, name), material_color (object or material, value [r, g, b]), modifier (object, type or name), parent (object, value: its name or null). Lengths and colors take tolerance */
            assertions: Record<string, never>[];
        };
        /**
         * Bake to a picture
         * @description Bake what an object looks like into a picture file by its UV map, with Cycles. The scene stays as it is; Blender's window waits. set_material with texture puts the picture on the object.
         */
        "command.bake": {
            /** @description a mesh with a UV map */
            object_name: string;
            /** @description png, exr, ... */
            filepath: string;
            /**
             * @description COMBINED (with all light), DIFFUSE (its color), NORMAL (tangent space), ...
             * @default COMBINED
             * @enum {string}
             */
            type: "COMBINED" | "AMBIENT_OCCLUSION" | "NORMAL" | "DIFFUSE" | "ROUGHNESS" | "EMISSION";
            /**
             * @description of the square picture
             * @default 1024
             */
            resolution: number;
            /**
             * @description per pixel
             * @default 16
             */
            samples: number;
            /**
             * @description pixels around islands that are filled too
             * @default 16
             */
            margin: number;
            /** @description else the one that renders use */
            uv_map?: string | null;
        };
        /**
         * Run several commands
         * @description Run commands in order and answer what each came to: success, error or skipped.
         */
        "command.batch": {
            /** @description each the name of a command, or an object of type, params and (for execute_code) command, the Python text */
            commands: unknown[];
            /**
             * @description after a command that failed, skip the others or go on with them
             * @default stop
             * @enum {string}
             */
            on_error: "stop" | "continue";
            /**
             * @description one undo step for all of them, and if any fails, everything is taken back; what was written to files stays
             * @default false
             */
            atomic: boolean;
        };
        /**
         * Look up Blender's Python API
         * @description Describe a type ("Object"), a property ("Object.location"), a function ("Object.ray_cast") or an operator ("bpy.ops.mesh.primitive_cube_add") as this version of Blender has it.
         */
        "command.bpy_api_lookup": {
            /** @description the dotted name; "bpy." and "bpy.types." may be left out */
            query: string;
        };
        /**
         * Build a balcony
         * @description Build a balcony that stands out to the front from a wall, with a railing on its free sides.
         */
        "command.build_balcony": {
            /**
             * @description X
             * @default 3
             */
            width: number;
            /**
             * @description out from the wall
             * @default 1.2
             */
            depth: number;
            /**
             * @description its height above the floor
             * @default 1.1
             */
            railing: number;
            /**
             * @description of the floor
             * @default 0.15
             */
            thickness: number;
            /** @description of the middle of its foot, z from the storey's floor; else below the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a beam
         * @description Build a beam along X.
         */
        "command.build_beam": {
            /**
             * @description along X
             * @default 4
             */
            length: number;
            /**
             * @description Y
             * @default 0.2
             */
            width: number;
            /**
             * @description from its upper side to its underside
             * @default 0.3
             */
            depth: number;
            /** @description of the start, z from the storey's floor; else on top of the storey's walls at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a ceiling
         * @description Build a ceiling.
         */
        "command.build_ceiling": {
            /**
             * @description X
             * @default 6
             */
            length: number;
            /**
             * @description Y
             * @default 4
             */
            width: number;
            /**
             * @description up
             * @default 0.02
             */
            thickness: number;
            /** @description of the middle of its foot, z from the storey's floor; else below the top of the storey's walls at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a chimney
         * @description Build a brick chimney with cap and flue pipe.
         */
        "command.build_chimney": {
            /**
             * @description X
             * @default 0.6
             */
            width: number;
            /**
             * @description Y
             * @default 0.6
             */
            depth: number;
            /**
             * @description up
             * @default 1.5
             */
            height: number;
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a column
         * @description Build a column, square or round.
         */
        "command.build_column": {
            /**
             * @description X
             * @default 0.3
             */
            width: number;
            /**
             * @description Y
             * @default 0.3
             */
            depth: number;
            /**
             * @description up
             * @default 2.5
             */
            height: number;
            /**
             * @description round instead of square
             * @default false
             */
            round: boolean;
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a corridor
         * @description Build a corridor along Y, open at both ends: two walls, a floor, windows. Measured inside.
         */
        "command.build_corridor": {
            /**
             * @description Y
             * @default 4
             */
            length: number;
            /**
             * @description X, inside
             * @default 1.2
             */
            width: number;
            /**
             * @description of the walls
             * @default 2.5
             */
            height: number;
            /**
             * @description how many
             * @default 0
             */
            windows: number;
            /**
             * @description of the windows; left is -X
             * @default LEFT
             * @enum {string}
             */
            side: "LEFT" | "RIGHT";
            /**
             * @description close it above
             * @default false
             */
            ceiling: boolean;
            /**
             * @description of the wall
             * @default 0.15
             */
            wall_thickness: number;
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a curtain wall
         * @description Build a curtain wall of metal bars and panes along X.
         */
        "command.build_curtain_wall": {
            /**
             * @description along X
             * @default 6
             */
            length: number;
            /**
             * @description up
             * @default 3
             */
            height: number;
            /**
             * @description of panes
             * @default 4
             */
            columns: number;
            /**
             * @description of panes
             * @default 2
             */
            rows: number;
            /** @description of the start, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a door
         * @description Build a door with frame, leaf and handles, and its opening in a wall.
         */
        "command.build_door": {
            /**
             * @description of the opening; above 1.3 it has two leaves
             * @default 0.9
             */
            width: number;
            /**
             * @description of the opening
             * @default 2
             */
            height: number;
            /**
             * @description of its leaf
             * @default PANEL
             * @enum {string}
             */
            kind: "FLUSH" | "PANEL" | "GLAZED" | "SLIDING";
            /** @description the wall it stands in, or a room or a house; else the one at `location`, or the storey's only one */
            wall?: string | null;
            /** @description of the middle of its foot; in a wall only where along it counts */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build an eaves
         * @description Build a pent roof of boards on rafters, out from a wall to the front, along X.
         */
        "command.build_eaves": {
            /**
             * @description along X
             * @default 4
             */
            length: number;
            /**
             * @description out from the wall
             * @default 0.9
             */
            depth: number;
            /** @description of the start, z from the storey's floor; else on top of the storey's walls at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a fence
         * @description Build a fence along X.
         */
        "command.build_fence": {
            /**
             * @description along X
             * @default 4
             */
            length: number;
            /**
             * @description up
             * @default 1.2
             */
            height: number;
            /**
             * @description pointed pickets, closed boards, or rails only
             * @default PICKET
             * @enum {string}
             */
            kind: "PICKET" | "BOARD" | "RAIL";
            /** @description of the start, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a foundation
         * @description Build a foundation: a block, or a ring below the walls.
         */
        "command.build_foundation": {
            /**
             * @description X
             * @default 6
             */
            length: number;
            /**
             * @description Y
             * @default 4
             */
            width: number;
            /**
             * @description how deep it goes
             * @default 0.5
             */
            depth: number;
            /**
             * @description width of a ring below the walls; 0 is a block
             * @default 0
             */
            strip: number;
            /** @description of the middle of its foot, z from the storey's floor; else below the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a gate
         * @description Build a gate: two posts, and one leaf or two between them.
         */
        "command.build_gate": {
            /**
             * @description of all
             * @default 2.4
             */
            width: number;
            /**
             * @description up
             * @default 1.4
             */
            height: number;
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a house
         * @description Build a house: foundation, walls, floors, windows, an entrance in front, a roof. Measured outside.
         */
        "command.build_house": {
            /**
             * @description X, outside
             * @default 8
             */
            width: number;
            /**
             * @description Y, outside
             * @default 6
             */
            depth: number;
            /**
             * @description how many
             * @default 1
             */
            storeys: number;
            /**
             * @description its kind
             * @default GABLE
             * @enum {string}
             */
            roof: "GABLE" | "HIP" | "FLAT" | "SHED";
            /**
             * @description from floor to floor
             * @default 2.7
             */
            storey_height: number;
            /**
             * @description of the roof, in radians
             * @default 0.523599
             */
            pitch: number;
            /**
             * @description of the roof
             * @default 0.6
             */
            overhang: number;
            /**
             * @description of the wall
             * @default 0.15
             */
            wall_thickness: number;
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a tatami mats
         * @description Build a floor of tatami mats in a wooden border.
         */
        "command.build_mats": {
            /**
             * @description how many: 3, 4.5, 6, 8 or 10
             * @default 6
             */
            mats: number;
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a pillar base
         * @description Build the base that a pillar stands on.
         */
        "command.build_pillar_base": {
            /**
             * @description X, at its foot
             * @default 0.45
             */
            width: number;
            /**
             * @description Y, at its foot
             * @default 0.45
             */
            depth: number;
            /**
             * @description up
             * @default 0.2
             */
            height: number;
            /**
             * @description a cut stone, square steps, or a round moulding
             * @default STONE
             * @enum {string}
             */
            kind: "STONE" | "CLASSICAL" | "ROUND";
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a railing
         * @description Build a railing of posts, handrail and balusters along X.
         */
        "command.build_railing": {
            /**
             * @description along X
             * @default 3
             */
            length: number;
            /**
             * @description up
             * @default 1.1
             */
            height: number;
            /** @description of the start, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a ramp
         * @description Build a ramp that climbs along X.
         */
        "command.build_ramp": {
            /**
             * @description along X
             * @default 3.6
             */
            length: number;
            /**
             * @description across
             * @default 1.2
             */
            width: number;
            /**
             * @description to climb
             * @default 0.3
             */
            height: number;
            /** @description of the start, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a roof
         * @description Build a roof. Its underside rests on the outer edge of the walls.
         */
        "command.build_roof": {
            /**
             * @description its shape
             * @default GABLE
             * @enum {string}
             */
            kind: "GABLE" | "HIP" | "FLAT" | "SHED";
            /**
             * @description X, of what it covers; else the storey's walls
             * @default 8
             */
            length: number;
            /**
             * @description Y, of what it covers; else the storey's walls
             * @default 6
             */
            width: number;
            /**
             * @description in radians; FLAT has none
             * @default 0.523599
             */
            pitch: number;
            /**
             * @description beyond the walls
             * @default 0.6
             */
            overhang: number;
            /**
             * @description across the slope
             * @default 0.15
             */
            thickness: number;
            /**
             * @description close what GABLE and SHED leave open above the walls
             * @default true
             */
            gable_walls: boolean;
            /**
             * @description of those
             * @default 0.15
             */
            wall_thickness: number;
            /** @description of the middle of its foot, z from the storey's floor; else on top of the storey's walls at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a room
         * @description Build a room: four walls, a floor, a door in front, windows. Measured inside.
         */
        "command.build_room": {
            /**
             * @description X, inside
             * @default 4
             */
            width: number;
            /**
             * @description Y, inside
             * @default 3
             */
            depth: number;
            /**
             * @description of the walls
             * @default 2.5
             */
            height: number;
            /**
             * @description in the front wall
             * @default true
             */
            door: boolean;
            /**
             * @description in the back, left, right and front wall in turn
             * @default 1
             */
            windows: number;
            /**
             * @description close it above
             * @default false
             */
            ceiling: boolean;
            /**
             * @description of the wall
             * @default 0.15
             */
            wall_thickness: number;
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a shoji
         * @description Build sliding screens of paper on a lattice, or closed ones, and their opening where they stand in a wall.
         */
        "command.build_shoji": {
            /**
             * @description of one screen
             * @default 0.9
             */
            width: number;
            /**
             * @description of one screen
             * @default 1.8
             */
            height: number;
            /**
             * @description how many screens
             * @default 2
             */
            panels: number;
            /**
             * @description FUSUMA are closed
             * @default SHOJI
             * @enum {string}
             */
            kind: "SHOJI" | "FUSUMA";
            /** @description the wall it stands in, or a room or a house; else the one at `location`, or the storey's only one */
            wall?: string | null;
            /** @description of the middle of its foot; in a wall only where along it counts */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a slab
         * @description Build a floor slab.
         */
        "command.build_slab": {
            /**
             * @description X
             * @default 6
             */
            length: number;
            /**
             * @description Y
             * @default 4
             */
            width: number;
            /**
             * @description up
             * @default 0.2
             */
            thickness: number;
            /**
             * @description the middle of a hole, as for stairs, from the slab's
             * @default 0
             */
            hole_x: number;
            /**
             * @description the same along Y
             * @default 0
             */
            hole_y: number;
            /**
             * @description of the hole along X; 0 for none
             * @default 0
             */
            hole_length: number;
            /**
             * @description of the hole along Y; 0 for none
             * @default 0
             */
            hole_width: number;
            /** @description of the middle of its foot, z from the storey's floor; else below the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a stairs
         * @description Build stairs that climb along X from the storey's floor to that of the next one.
         */
        "command.build_stairs": {
            /**
             * @description across
             * @default 1
             */
            width: number;
            /**
             * @description to climb; else that of the storey
             * @default 2.7
             */
            height: number;
            /**
             * @description the highest that a step may be
             * @default 0.18
             */
            riser: number;
            /**
             * @description of a step, along the way
             * @default 0.28
             */
            tread: number;
            /**
             * @description straight, or at a landing
             * @default NONE
             * @enum {string}
             */
            turn: "NONE" | "LEFT" | "RIGHT";
            /**
             * @description on both sides
             * @default true
             */
            railing: boolean;
            /** @description of the start, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a tatami room
         * @description Build a Japanese room: tatami mats, four walls, shoji in front, a ceiling if wanted.
         */
        "command.build_tatami_room": {
            /**
             * @description how many: 3, 4.5, 6, 8 or 10
             * @default 6
             */
            mats: number;
            /**
             * @description of the walls
             * @default 2.4
             */
            height: number;
            /**
             * @description in the back wall
             * @default 1
             */
            windows: number;
            /**
             * @description close it above
             * @default false
             */
            ceiling: boolean;
            /**
             * @description of the wall
             * @default 0.15
             */
            wall_thickness: number;
            /** @description of the middle of its foot, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a wall
         * @description Build a straight wall along X. Windows and doors of `build_window` and `build_door` cut openings into it, which follow them.
         */
        "command.build_wall": {
            /**
             * @description along X
             * @default 4
             */
            length: number;
            /**
             * @description up
             * @default 2.5
             */
            height: number;
            /**
             * @description of the wall
             * @default 0.15
             */
            thickness: number;
            /** @description of the start, z from the storey's floor; else on the storey's floor at 0, 0 */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Build a window
         * @description Build a window with frame, sashes and glass, and its opening in a wall.
         */
        "command.build_window": {
            /**
             * @description of the opening
             * @default 1.2
             */
            width: number;
            /**
             * @description of the opening
             * @default 1.2
             */
            height: number;
            /**
             * @description from the foot of the wall to the opening
             * @default 0.9
             */
            sill: number;
            /**
             * @description how it opens
             * @default SLIDING
             * @enum {string}
             */
            kind: "FIXED" | "SINGLE" | "DOUBLE" | "SLIDING";
            /** @description the wall it stands in, or a room or a house; else the one at `location`, or the storey's only one */
            wall?: string | null;
            /** @description of the middle of its foot; in a wall only where along it counts */
            location?: number[] | null;
            /**
             * @description radians about Z
             * @default 0
             */
            rotation: number;
            /**
             * @description 1 is the ground
             * @default 1
             */
            storey: number;
            /**
             * @description in place of its usual one
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
            /** @description taken ones get .001 */
            name?: string | null;
        };
        /**
         * Cancel task
         * @description Stop a task: take it out of the queue, or interrupt its script.
         */
        "command.cancel_task": {
            /** @description the task's id */
            task_id: string;
        };
        /**
         * Check a mesh
         * @description Look for faults of an object's mesh: edges that are open or shared by three faces, loose parts, normals that point the wrong way, doubles, faces without area, n-gons, a scale that is not applied, missing UV maps, unused material slots. Answers a count and the first indices of each; `problems` names those that mostly matter.
         */
        "command.check_mesh": {
            /** @description of the object */
            name: string;
            /**
             * @description with modifiers; otherwise the mesh as it is edited
             * @default true
             */
            evaluated: boolean;
            /** @description a budget; more is a problem */
            max_triangles?: number | null;
            /**
             * @description vertices nearer than this are doubles, in the mesh's own unit
             * @default 0.0001
             */
            merge_distance: number;
            /**
             * @description how many indices of each
             * @default 5
             */
            limit: number;
        };
        /**
         * Check the scene
         * @description Look for what is wrong with the scene and the file: missing files, data that nothing uses, objects without material, no camera or light, objects twice at one place or far from the origin, and whether a picture of it is black or over-exposed.
         */
        "command.check_scene": {
            /** @description a picture file that was rendered before, to be measured */
            image?: string | null;
            /**
             * @description make a small test render through the scene's camera and measure that
             * @default false
             */
            render: boolean;
            /**
             * @description from the origin, in the scene's unit
             * @default 1000
             */
            far: number;
            /**
             * @description how many names of each
             * @default 10
             */
            limit: number;
        };
        /**
         * Make a checkpoint
         * @description Keep a copy of the file as it is now, also what is not saved, for restore_checkpoint. It outlasts Blender. Of one file 20 are kept, and 4 GiB: the oldest go.
         */
        "command.checkpoint": {
            /** @description a new one; the time unless given */
            name?: string | null;
        };
        /**
         * Cleanup idle sessions
         * @description Close every session of this run of Tenon that was idle for longer; answer their ids.
         */
        "command.cleanup_idle_sessions": {
            /**
             * @description seconds without a command
             * @default 300
             */
            timeout: number;
        };
        /**
         * Cleanup sessions
         * @description Delete every session that was not used for so many days and is live nowhere; answer their ids.
         */
        "command.cleanup_sessions": {
            /** @description since their last command */
            days: number;
        };
        /**
         * Close session
         * @description End a session and close the connections that hold it. Its history is kept, and restore_session brings it back.
         */
        "command.close_session": {
            /** @description your own if left out */
            session_id?: string;
        };
        /**
         * Color objects
         * @description Give objects, with all their faces, a color or a material. Give either; nothing else that shares their mesh or their material changes.
         */
        "command.color_objects": {
            /** @description of the objects; of a light the color of its light, of an empty what hangs on it */
            names: string[];
            /** @description linear RGB(A) */
            color?: number[] | null;
            /**
             * @description what it is made of, with a pattern of the size that it has in the world
             * @enum {string|null}
             */
            material?: "WOOD" | "CONCRETE" | "BRICK" | "GLASS" | "PLASTER" | "TILE" | "METAL" | "STONE" | "GOLD" | "PLASTIC" | null;
        };
        /**
         * Count objects
         * @description Count the objects of the present scene, hidden ones too. Those of a shape are told by their name or their mesh's, which keeps the shape's when the object is renamed.
         */
        "command.count_objects": {
            /**
             * @description a type of object, or a shape; SPHERE: both kinds of it
             * @default ANY
             * @enum {string}
             */
            kind: "ANY" | "MESH" | "CUBE" | "PLANE" | "CIRCLE" | "SPHERE" | "UV_SPHERE" | "ICO_SPHERE" | "CYLINDER" | "CONE" | "TORUS" | "GRID" | "MONKEY" | "EMPTY" | "LIGHT" | "CAMERA" | "TEXT" | "CURVE";
        };
        /**
         * Create collection
         * @description Make a collection, and put objects into it.
         */
        "command.create_collection": {
            /** @description taken ones get .001 */
            name: string;
            /** @description the collection that it is in; else the scene's own */
            parent?: string | null;
            /** @description to be moved into it */
            object_names?: string[] | null;
            /**
             * @description leave the objects in their other collections too
             * @default false
             */
            link: boolean;
        };
        /**
         * Create object
         * @description Add a mesh, empty, light, camera, text or curve; other shapes with execute_code. Scene units, radians.
         */
        "command.create_object": {
            /**
             * @description of object
             * @enum {string}
             */
            type: "CUBE" | "PLANE" | "CIRCLE" | "SPHERE" | "UV_SPHERE" | "ICO_SPHERE" | "CYLINDER" | "CONE" | "TORUS" | "GRID" | "MONKEY" | "EMPTY" | "LIGHT" | "CAMERA" | "TEXT" | "CURVE";
            /** @description taken ones get .001 */
            name?: string | null;
            /**
             * @description of its middle, in the world
             * @default [
             *       0,
             *       0,
             *       0
             *     ]
             */
            location: number[];
            /**
             * @description Euler XYZ
             * @default [
             *       0,
             *       0,
             *       0
             *     ]
             */
            rotation: number[];
            /**
             * @description factors
             * @default [
             *       1,
             *       1,
             *       1
             *     ]
             */
            scale: number[];
            /** @description edge or diameter (meshes 2), height of letters (1) */
            size?: number | null;
            /** @description CYLINDER, CONE */
            height?: number | null;
            /** @description tube of TORUS, CURVE; depth of TEXT */
            thickness?: number | null;
            /**
             * @description around
             * @default 32
             */
            segments: number;
            /**
             * @description of a sphere, a TORUS's tube
             * @default 16
             */
            rings: number;
            /**
             * @description round look
             * @default false
             */
            shade_smooth: boolean;
            /** @description linear RGB(A); makes a material */
            color?: number[] | null;
            /** @description existing one */
            material?: string | null;
            /** @description else the active */
            collection?: string | null;
            /** @description object */
            parent?: string | null;
            /**
             * @description of TEXT
             * @default Text
             */
            text: string;
            /** @description of CURVE */
            points?: number[][] | null;
            /**
             * @description closed CURVE
             * @default false
             */
            cyclic: boolean;
            /**
             * @description of LIGHT
             * @default POINT
             * @enum {string}
             */
            light_type: "POINT" | "SUN" | "SPOT" | "AREA";
            /** @description LIGHT: watts (1000); SUN: strength (1) */
            energy?: number | null;
            /**
             * @description CAMERA: millimetres
             * @default 50
             */
            lens: number;
        };
        /**
         * Create session
         * @description Make a session that any connection may name.
         */
        "command.create_session": Record<string, never>;
        /**
         * Delete a checkpoint
         * @description Delete a checkpoint of the file that is open. It cannot be brought back.
         */
        "command.delete_checkpoint": {
            /** @description of the checkpoint */
            name: string;
        };
        /**
         * Delete collection
         * @description Delete a collection. What is in it moves up to its parent, unless it is deleted too.
         */
        "command.delete_collection": {
            /** @description its name */
            collection: string;
            /**
             * @description delete its objects, and the collections in it, as well
             * @default false
             */
            delete_objects: boolean;
        };
        /**
         * Delete keyframes
         * @description Delete keyframes: all of an object, of one property, or those of some frames. Values stay as they are.
         */
        "command.delete_keyframes": {
            /** @description whose; not for the scene and the world */
            object_name?: string | null;
            /**
             * @description what of the object has them
             * @default object
             * @enum {string}
             */
            owner: "object" | "data" | "shape_keys" | "material" | "material_nodes" | "scene" | "world" | "world_nodes";
            /** @description only of this property */
            path?: string | null;
            /** @description only this part of a vector */
            index?: number | null;
            /** @description only from this frame on */
            frame_start?: number | null;
            /** @description only up to this frame */
            frame_end?: number | null;
        };
        /**
         * Delete object
         * @description Delete an object, and its data if nothing else uses that.
         */
        "command.delete_object": {
            /** @description of the object */
            name: string;
            /**
             * @description also all that hangs on it; otherwise that stays in place
             * @default false
             */
            children: boolean;
        };
        /**
         * Delete objects
         * @description Delete objects with what hangs on them, and their data if nothing else uses that.
         */
        "command.delete_objects": {
            /** @description of the objects */
            names: string[];
            /**
             * @description also all that hangs on them; otherwise that stays in place
             * @default true
             */
            children: boolean;
        };
        /**
         * Delete session
         * @description End a session and forget it, its history and its logs.
         */
        "command.delete_session": {
            /** @description the session */
            session_id: string;
        };
        /**
         * Describe a node type
         * @description Describe the properties and sockets of a node, as it is when it has just been made.
         */
        "command.describe_node_type": {
            /** @description the node's type, as "ShaderNodeMix" */
            bl_idname: string;
            /** @description properties to set first, as {"data_type": "RGBA"}: some change which sockets there are */
            property_overrides?: Record<string, never> | null;
        };
        /**
         * Do what a sentence says
         * @description Do a sentence (English, Japanese, Chinese): make, move, color, build...; refused if not understood.
         */
        "command.do": {
            /** @description as "put a red cube on the cone"; "it" is what the last one made */
            text: string;
            /**
             * @description tell the commands only
             * @default false
             */
            dry_run: boolean;
        };
        /**
         * What the user did
         * @description Answer with an empty list: Tenon does not record what the user does in Blender.
         */
        "command.drain_human_activity": Record<string, never>;
        /**
         * Duplicate object
         * @description Copy an object, beside the original in the same collections.
         */
        "command.duplicate_object": {
            /** @description the object to copy */
            name: string;
            /** @description the copy's name; Blender adds a number where the name is taken */
            new_name?: string | null;
            /**
             * @description from the original to the copy, in the scene's unit
             * @default [
             *       0,
             *       0,
             *       0
             *     ]
             */
            offset: number[];
            /**
             * @description share the mesh (or other data) with the original instead of copying it
             * @default false
             */
            linked: boolean;
        };
        /**
         * Run Python code for a result
         * @description Run Python code that fills the dict `result`. Code that leaves a function `check_is_finished` is not finished until that, called again and again, returns a dict instead of None: then this is the result.
         */
        "command.execute": {
            /** @description Python source text; `result` is an empty dict when it starts */
            code: string;
            /**
             * @description fail when the result holds what JSON cannot, instead of giving its repr
             * @default false
             */
            strict_json: boolean;
        };
        /**
         * Run Python code
         * @description Run Python in Blender, for all that no tool does. `bpy` is imported; print() what you want to know; `progress(fraction, message)` tells how far long work is. Operators (bpy.ops) need the right mode, active object and context; bpy.data does not. In steps: an error leaves done what came before it.
         */
        "command.execute_code": {
            /** @description source text */
            code: string;
            /**
             * @description keep names for this session's next call
             * @default false
             */
            persist: boolean;
            /** @description characters of it at most */
            max_output?: number | null;
        };
        /**
         * Export FBX
         * @description Write the scene as FBX.
         */
        "command.export.fbx": {
            /** @description the file to write */
            filepath: string;
        };
        /**
         * Export glTF
         * @description Write the scene as glTF.
         */
        "command.export.gltf": {
            /** @description the file to write; one that ends in .gltf is text with its data beside it, any other .glb */
            filepath: string;
        };
        /**
         * Export OBJ
         * @description Write the scene as Wavefront OBJ.
         */
        "command.export.obj": {
            /** @description the file to write */
            filepath: string;
        };
        /**
         * Export file
         * @description Write the scene, or some of it, for other programs; an older file is replaced.
         */
        "command.export_scene": {
            /** @description on Blender's machine; the extension tells the format */
            filepath: string;
            /**
             * @description without an extension; glb unless told
             * @enum {string|null}
             */
            format?: "glb" | "gltf" | "fbx" | "obj" | "stl" | "ply" | "usd" | "abc" | null;
            /** @description only these, with all that hangs on them */
            object_names?: string[] | null;
            /**
             * @description only what is selected
             * @default false
             */
            selection_only: boolean;
            /**
             * @description without, rigs and shape keys stay whole
             * @default true
             */
            apply_modifiers: boolean;
        };
        /**
         * Export sessions
         * @description Write stored sessions with their histories into a file that import_sessions reads.
         */
        "command.export_sessions": {
            /** @description absolute path of the file */
            filepath: string;
            /** @description only these; all if left out */
            session_ids?: string[];
        };
        /**
         * About this add-on
         * @description Tell the add-on's version, what it can do and Blender's version.
         */
        "command.get_addon_info": Record<string, never>;
        /**
         * Get certificate
         * @description Tell the certificate that TLS clients are shown, and the hash of its key, by which they know this Tenon.
         */
        "command.get_certificate": Record<string, never>;
        /**
         * Hunyuan3D status
         * @description Tell whether Hunyuan3D can be used.
         */
        "command.get_hunyuan3d_status": Record<string, never>;
        /**
         * Hyper3D Rodin status
         * @description Tell whether Hyper3D Rodin can be used.
         */
        "command.get_hyper3d_status": Record<string, never>;
        /**
         * Get llm status
         * @description Tell whether a language model reads the sentences that Tenon does not, whether it answers, and if not what to do.
         */
        "command.get_llm_status": Record<string, never>;
        /**
         * Get logs
         * @description Tell the newest records of the log, the oldest first; the last 5,000 are in memory.
         */
        "command.get_logs": {
            /**
             * @description only what is as grave as this, or graver
             * @enum {unknown}
             */
            level?: "ERROR" | "WARN" | "INFO" | "DEBUG" | "TRACE";
            /** @description only with this in its message or target, in upper or lower case */
            text?: string;
            /**
             * @description how many
             * @default 200
             */
            limit: number;
            /** @description the `cursor` of an earlier answer: only older ones */
            before?: number;
        };
        /**
         * Meshy status
         * @description Tell whether Meshy can be used.
         */
        "command.get_meshy_status": Record<string, never>;
        /**
         * Inspect object
         * @description Read all about one object: transform (scene units, radians), bounding box, materials, modifiers, parent, children, mesh, light or camera, animation.
         */
        "command.get_object": {
            /** @description of the object */
            name: string;
        };
        /**
         * Object details
         * @description Tell an object's transform, visibility, materials, bounding box in the world and size of its mesh.
         */
        "command.get_object_info": {
            /** @description the object's name */
            name: string;
        };
        /**
         * Poly Haven status
         * @description Tell whether Poly Haven can be used.
         */
        "command.get_polyhaven_status": Record<string, never>;
        /**
         * Poly Pizza status
         * @description Tell whether Poly Pizza can be used.
         */
        "command.get_polypizza_status": Record<string, never>;
        /**
         * Get queue status
         * @description Tell how many tasks wait, run and ended, and the latest of them.
         */
        "command.get_queue_status": Record<string, never>;
        /**
         * Scene at a glance
         * @description Read the scene in few words: counts, camera, frames, and the largest objects with place and size. Call it first.
         */
        "command.get_scene": {
            /**
             * @description list only objects with this in their name
             * @default
             */
            query: string;
            /**
             * @description lines
             * @default 25
             */
            limit: number;
            /**
             * @description lines to pass over
             * @default 0
             */
            offset: number;
        };
        /**
         * Scene overview
         * @description List the objects of the scene, a page at a time, and count them.
         */
        "command.get_scene_info": {
            /**
             * @description how many objects to list; fewer come where their names are too long for one answer
             * @default 10
             */
            limit: number;
            /**
             * @description how many objects to pass over first
             * @default 0
             */
            offset: number;
        };
        /**
         * Selection
         * @description Tell which objects are selected, which is the active one, and the mode.
         */
        "command.get_selection": Record<string, never>;
        /**
         * Get server status
         * @description Tell uptime, clients, queue, and what Blender's main thread is doing.
         */
        "command.get_server_status": Record<string, never>;
        /**
         * Get session history
         * @description List a session's commands in order, with arguments, results and durations: the last ones, or those before an entry.
         */
        "command.get_session_history": {
            /** @description your own if left out */
            session_id?: string;
            /**
             * @description how many
             * @default 100
             */
            limit: number;
            /** @description only entries before the one of this id */
            before?: number;
        };
        /**
         * Get session info
         * @description Tell a session's times, state and counters, also of one that is only stored.
         */
        "command.get_session_info": {
            /** @description your own if left out */
            session_id?: string;
        };
        /**
         * Get sessions info
         * @description List the live sessions.
         */
        "command.get_sessions_info": Record<string, never>;
        /**
         * Get settings
         * @description Tell every setting of this run with its meaning and value; secrets only whether they are set.
         */
        "command.get_settings": Record<string, never>;
        /**
         * Sketchfab status
         * @description Tell whether Sketchfab can be used.
         */
        "command.get_sketchfab_status": Record<string, never>;
        /**
         * Get statistics
         * @description Tell what was done in the last minutes, second by second, how long it took, and which commands are used.
         */
        "command.get_statistics": {
            /**
             * @description how far back
             * @default 300
             */
            seconds: number;
        };
        /**
         * Get store statistics
         * @description Tell how many sessions, entries and tasks are kept, where, and in how many bytes.
         */
        "command.get_store_statistics": Record<string, never>;
        /**
         * Get task
         * @description Tell a task's status, and its result once it has one.
         */
        "command.get_task": {
            /** @description the task's id */
            task_id: string;
        };
        /**
         * Telemetry consent
         * @description Answer that nothing may be collected: Tenon has no telemetry.
         */
        "command.get_telemetry_consent": Record<string, never>;
        /**
         * Tripo status
         * @description Tell whether Tripo can be used.
         */
        "command.get_tripo_status": Record<string, never>;
        /**
         * Picture of the view
         * @description Make a picture of the user's 3D view; without a window, of what the scene's camera sees, in solid shading.
         */
        "command.get_viewport_screenshot": {
            /**
             * @description pixels of the longer side at most
             * @default 800
             */
            max_size: number;
            /** @description where to write it; without one the picture comes in the reply as base64 in `image` */
            filepath?: string | null;
            /**
             * @description of the picture
             * @default png
             * @enum {string}
             */
            format: "png" | "jpeg" | "jpg" | "PNG" | "JPEG" | "JPG";
        };
        /**
         * Snapshot of the scene's state
         * @description Tell the state of the scene: objects in the order of their names, selection, camera, lights, frames.
         */
        "command.get_world_state_snapshot": {
            /**
             * @description how many objects to list at most; fewer come where they are too many for one answer
             * @default 200
             */
            limit: number;
        };
        /**
         * Import file
         * @description Bring a file into the scene: glb, fbx, obj, stl, ply, usd, abc, dae, svg, bvh, or blend (its objects). Check the size that is answered: units differ.
         */
        "command.import_file": {
            /** @description on Blender's machine */
            filepath: string;
        };
        /**
         * Import sessions
         * @description Read sessions from an exported file; those that are there already stay as they are.
         */
        "command.import_sessions": {
            /** @description absolute path of the file */
            filepath: string;
        };
        /**
         * Inspect a blend file
         * @description Tell what a blend file holds without opening it: names and numbers of its scenes, objects, materials and all else, how many are assets, and which version of Blender wrote it.
         */
        "command.inspect_blend_file": {
            /** @description the file; "//" at its start means the folder of the present one */
            filepath: string;
            /**
             * @description how many of each kind at most
             * @default 20
             */
            names: number;
        };
        /**
         * List animation
         * @description List the animation curves with their keyframes, and the drivers, of an object and its data, or of all in the scene.
         */
        "command.list_animation": {
            /** @description whose; without it those of everything in the scene */
            object_name?: string | null;
            /**
             * @description curves at most
             * @default 100
             */
            limit: number;
            /**
             * @description curves to pass over
             * @default 0
             */
            offset: number;
        };
        /**
         * Assistants' configurations
         * @description Tell what each known assistant's configuration needs to use this Blender, and where that belongs.
         */
        "command.list_assistants": {
            /**
             * @description host and port that the assistant reaches Tenon by
             * @default localhost:9876
             */
            address: string;
            /**
             * @description put YOUR_TOKEN where the token belongs, which is never told
             * @default false
             */
            with_token: boolean;
        };
        /**
         * Checkpoints
         * @description List the checkpoints of the file that is open, the newest first.
         */
        "command.list_checkpoints": Record<string, never>;
        /**
         * List clients
         * @description List the connections that are open now, and the sessions in use with the assistant that each is of.
         */
        "command.list_clients": Record<string, never>;
        /**
         * List collections
         * @description List the scene's collections as a tree, with their objects and whether each is hidden or excluded.
         */
        "command.list_collections": {
            /** @description only the tree below this one */
            collection?: string | null;
            /**
             * @description also the names of the objects
             * @default true
             */
            objects: boolean;
        };
        /**
         * List commands
         * @description Find commands by words, or tell one with its parameters; without either, list all in a line each.
         */
        "command.list_commands": {
            /** @description words, as: bake texture */
            query?: string;
            /** @description one command's name, to be told in full */
            command?: string;
        };
        /**
         * List constraints
         * @description List the constraints of an object, or of a pose bone of it, from first to last with their settings.
         */
        "command.list_constraints": {
            /** @description whose */
            object_name: string;
            /** @description a bone of the armature, instead of the object */
            bone?: string | null;
        };
        /**
         * List geometry nodes inputs
         * @description List the inputs of an object's geometry nodes modifier by their shown names, with types and values.
         */
        "command.list_geometry_inputs": {
            /** @description whose */
            object_name: string;
            /** @description its name, where the object has several */
            modifier?: string | null;
        };
        /**
         * List instances
         * @description List the Blenders of this machine in which Tenon serves: process, port, and the file that is open.
         */
        "command.list_instances": Record<string, never>;
        /**
         * List llm models
         * @description List the language models that run at the address of the settings; those in a cloud are left out.
         */
        "command.list_llm_models": Record<string, never>;
        /**
         * List materials
         * @description List the materials of the file, a page at a time, with their look and how often they are used.
         */
        "command.list_materials": {
            /** @description only the one of this name */
            name?: string | null;
            /**
             * @description how many at most; fewer come where they are too many for one answer
             * @default 1000
             */
            limit: number;
            /**
             * @description how many to pass over: the `next_offset` of the page before
             * @default 0
             */
            offset: number;
        };
        /**
         * List modifiers
         * @description List an object's modifiers from first to last with all their settings, and the size of the result.
         */
        "command.list_modifiers": {
            /** @description whose */
            object_name: string;
            /** @description only the one of this name */
            modifier?: string | null;
        };
        /**
         * Find objects, materials and collections
         * @description Find objects, materials and collections by a part of their name; names that begin with it come first.
         */
        "command.list_scene_items": {
            /**
             * @description the part of the name, in upper or lower case; empty finds everything
             * @default
             */
            query: string;
            /**
             * @description how many to list at most; fewer come where they are too many for one answer
             * @default 30
             */
            limit: number;
        };
        /**
         * List sessions
         * @description List sessions, those of earlier runs too, the last used first.
         */
        "command.list_sessions": {
            /**
             * @description which; without it the live and the parked ones
             * @enum {unknown}
             */
            status?: "live" | "parked" | "closed" | "all";
            /**
             * @description how many
             * @default 1000
             */
            limit: number;
            /** @description only those last active before this time, in Unix seconds */
            before?: number;
        };
        /**
         * List tasks
         * @description List tasks, the newest first: those that wait, each with its place and what it waits for, that run, and that ended a while ago.
         */
        "command.list_tasks": {
            /**
             * @description only those that are so
             * @enum {unknown}
             */
            status?: "pending" | "processing" | "completed" | "failed" | "cancelled";
            /** @description only of this type or command */
            command?: string;
            /** @description only of the session of this id */
            session?: string;
            /** @description only with this in their type, id, parameters, error or progress */
            text?: string;
            /**
             * @description how many
             * @default 100
             */
            limit: number;
            /** @description the `cursor` of an earlier answer: those that come behind it */
            before?: string;
        };
        /**
         * Look at the scene
         * @description See the scene. Look after each change that matters.
         */
        "command.look": {
            /**
             * @description viewport (the user's), camera, front, back, left, right, top, bottom, iso, iso_back; a list, or "all" (front, right, top, iso), is one labelled sheet
             * @default viewport
             */
            view: string | string[];
            /** @description of the animation, in one strip: a list, a count over the scene's range, or "first:last:count" */
            frames?: number[] | number | string | null;
            /**
             * @description solid is quick; material shows textures in neutral light; rendered has the scene's light
             * @enum {string|null}
             */
            shading?: "solid" | "material" | "rendered" | "wireframe" | null;
            /** @description objects to frame; what hides them is cut away */
            focus?: string | string[] | null;
            /** @description pixels of the longer side */
            size?: number | null;
        };
        /**
         * Assign material
         * @description Put a material into an object's first slot.
         */
        "command.material.assign": {
            /** @description the object's name */
            object: string;
            /** @description the material's name */
            material: string;
        };
        /**
         * Create material
         * @description Make a new material.
         */
        "command.material.create": {
            /**
             * @description its name; Blender adds a number where the name is taken
             * @default Material
             */
            name: string;
            /** @description base color: red, green, blue and perhaps alpha, 0 to 1 */
            color?: number[] | null;
        };
        /**
         * Set material color
         * @description Set a material's base color.
         */
        "command.material.set_color": {
            /** @description the material's name */
            name: string;
            /** @description red, green, blue and perhaps alpha, 0 to 1 */
            color: number[];
        };
        /**
         * Set material texture
         * @description Put an image on a material as its base color.
         */
        "command.material.set_texture": {
            /** @description the material's name */
            name: string;
            /** @description the image file */
            filepath: string;
        };
        /**
         * Measure objects
         * @description Measure objects in the world, modifiers included: bounds, size, area and volume, and for each two of up to 8 the distances between surfaces and centers, the gaps between the bounding boxes, and whether they touch, cross or lie inside one another.
         */
        "command.measure": {
            /** @description their names */
            objects: string[];
            /**
             * @description up to which distance they touch, in the scene's unit
             * @default 0.001
             */
            tolerance: number;
        };
        /**
         * Change collection
         * @description Rename, move, hide or exclude a collection; what is not given stays.
         */
        "command.modify_collection": {
            /** @description its name */
            collection: string;
            /** @description another name */
            new_name?: string | null;
            /** @description the collection to move it into; "" for the scene's own */
            parent?: string | null;
            /** @description by the eye, in the present view layer */
            hide?: boolean | null;
            /** @description in all viewports */
            hide_viewport?: boolean | null;
            /** @description in renders */
            hide_render?: boolean | null;
            /** @description make its objects unselectable */
            hide_select?: boolean | null;
            /** @description leave it out of the present view layer, as by its check box */
            exclude?: boolean | null;
            /**
             * @description the color in the outliner
             * @enum {string|null}
             */
            color_tag?: "NONE" | "COLOR_01" | "COLOR_02" | "COLOR_03" | "COLOR_04" | "COLOR_05" | "COLOR_06" | "COLOR_07" | "COLOR_08" | null;
        };
        /**
         * Change constraint
         * @description Change a constraint: its settings, name, place, or whether it acts. What is not given stays.
         */
        "command.modify_constraint": {
            /** @description whose */
            object_name: string;
            /** @description its name */
            constraint: string;
            /** @description the bone that has it, instead of the object */
            bone?: string | null;
            /** @description names and values of Blender's API, as {"influence": 0.5} */
            settings?: Record<string, never> | null;
            /** @description another name */
            new_name?: string | null;
            /** @description its new place, 0 being the first */
            index?: number | null;
            /** @description whether it acts */
            enabled?: boolean | null;
        };
        /**
         * Change modifier
         * @description Change a modifier: its settings, name, place in the stack, or whether it acts. What is not given stays.
         */
        "command.modify_modifier": {
            /** @description whose */
            object_name: string;
            /** @description its name */
            modifier: string;
            /** @description names and values of Blender's API; a geometry nodes modifier's inputs: set_geometry_inputs */
            settings?: Record<string, never> | null;
            /** @description another name */
            new_name?: string | null;
            /** @description its new place in the stack, 0 being the first */
            index?: number | null;
            /** @description whether it acts, in the viewport and in renders */
            enabled?: boolean | null;
        };
        /**
         * Change object
         * @description Move, rotate, scale, rename, hide or re-parent an object; what is not given stays. Scene units, radians.
         */
        "command.modify_object": {
            /** @description of the object */
            name: string;
            /** @description relative to its parent */
            location?: number[] | null;
            /** @description to move it by */
            offset?: number[] | null;
            /** @description Euler */
            rotation?: number[] | null;
            /** @description factors */
            scale?: number[] | null;
            /** @description size, by scaling */
            dimensions?: number[] | null;
            /** @description taken ones get .001 */
            new_name?: string | null;
            /** @description in viewport and renders */
            visible?: boolean | null;
            /** @description object; "" for none */
            parent?: string | null;
            /**
             * @description stay in place under the new parent
             * @default true
             */
            keep_transform: boolean;
            /** @description to move it to */
            collection?: string | null;
            /** @description round look */
            shade_smooth?: boolean | null;
        };
        /**
         * Move objects
         * @description Move objects in the world, with what hangs on them. Give either offset or location. Scene units.
         */
        "command.move_objects": {
            /** @description of the objects */
            names: string[];
            /** @description to move each by, along the world's axes */
            offset?: number[] | null;
            /** @description where one object's origin goes, or the middle of the bounds of several */
            location?: number[] | null;
        };
        /**
         * Put objects into a collection
         * @description Move objects into a collection, or link them into it too.
         */
        "command.move_to_collection": {
            /** @description the objects */
            object_names: string[];
            /** @description where to; the scene's own by its name, as "Scene Collection" */
            collection: string;
            /**
             * @description leave them in their other collections too
             * @default false
             */
            link: boolean;
        };
        /**
         * New file
         * @description Start a new file in place of the present one.
         */
        "command.new_file": {
            /**
             * @description without the objects of the start-up file
             * @default false
             */
            empty: boolean;
            /**
             * @description start it even if the user has changes that are not saved; asked only with a window
             * @default false
             */
            discard_changes: boolean;
        };
        /**
         * New scene
         * @description Add an empty scene to the file and go on in it; the others stay.
         */
        "command.new_scene": {
            /**
             * @description its name; Blender adds a number where the name is taken
             * @default Scene
             */
            name: string;
            /**
             * @description take over the present scene's render settings, units, frame range and world
             * @default true
             */
            copy_settings: boolean;
        };
        /**
         * Create mesh
         * @description Add a mesh to the scene.
         */
        "command.object.create_mesh": {
            /**
             * @description its shape
             * @default cube
             * @enum {string}
             */
            type: "cube" | "sphere" | "cylinder" | "plane" | "cone" | "torus";
            /** @description its name */
            name?: string | null;
            /**
             * @description in the world, in the scene's unit
             * @default [
             *       0,
             *       0,
             *       0
             *     ]
             */
            location: number[];
            /**
             * @description edge or diameter
             * @default 2
             */
            size: number;
        };
        /**
         * Object hierarchy
         * @description Tell what hangs on an object, level by level, or on each object that hangs on nothing; a page at a time.
         */
        "command.object.get_hierarchy": {
            /** @description the object to begin with; without it the whole scene */
            name?: string | null;
            /**
             * @description how many objects at most, counted from the top down each branch
             * @default 1000
             */
            limit: number;
            /**
             * @description how many to pass over: the `next_offset` of the page before; what they hang on comes again
             * @default 0
             */
            offset: number;
        };
        /**
         * Object transform
         * @description Tell where an object is, how it is rotated, in radians, and scaled.
         */
        "command.object.get_transform": {
            /** @description the object's name */
            name: string;
        };
        /**
         * Rotate object
         * @description Set an object's rotation.
         */
        "command.object.rotate": {
            /** @description the object's name */
            name: string;
            /**
             * @description Euler angles
             * @default [
             *       0,
             *       0,
             *       0
             *     ]
             */
            rotation: number[];
            /**
             * @description whether the angles are degrees, not radians
             * @default true
             */
            degrees: boolean;
        };
        /**
         * Move object
         * @description Move an object to a place or by an offset.
         */
        "command.object.translate": {
            /** @description the object's name */
            name: string;
            /** @description its new place in the scene's unit; goes before `offset` */
            location?: number[] | null;
            /** @description to move it by */
            offset?: number[] | null;
        };
        /**
         * Open file
         * @description Open a blend file in place of the present one; the window layout stays.
         */
        "command.open_file": {
            /** @description the file; "//" at its start means the folder of the present one */
            filepath: string;
            /**
             * @description open it even if the user has changes that are not saved; asked only with a window
             * @default false
             */
            discard_changes: boolean;
        };
        /**
         * Parent objects
         * @description Hang objects on another one, so that they go where it goes. They stay where they are in the world.
         */
        "command.parent_objects": {
            /** @description of the objects */
            names: string[];
            /** @description the object to hang them on; "" for none */
            parent: string;
        };
        /**
         * Object in the picture
         * @description Find the object at a point of a picture that `get_viewport_screenshot` made; all parameters but x and y are the `view` of its reply. The scene is looked at as it is now.
         */
        "command.pick_viewport_object": {
            /** @description of the picture */
            view_matrix: number[][];
            /** @description of the picture */
            window_matrix: number[][];
            /** @description of the picture, in pixels */
            width: number;
            /** @description of the picture, in pixels */
            height: number;
            /** @description 0 at the left, 1 at the right */
            x: number;
            /** @description 0 at the top, 1 at the bottom */
            y: number;
            /** @description the blend file of the picture; another one being open is a mismatch */
            file?: string | null;
            /** @description the scene of the picture; another one being shown is a mismatch */
            scene?: string | null;
        };
        /**
         * Ping
         * @description Tell that Tenon is alive.
         */
        "command.ping": Record<string, never>;
        /**
         * Place objects
         * @description Move objects to where they stand in a relation to others, by the bounds in the world. Several go side by side along X; what hangs on them goes along. Left is -X, the front is -Y.
         */
        "command.place_objects": {
            /** @description of the objects to move */
            names: string[];
            /**
             * @description ON its top, centered; UNDER it, on its ground where there is room; ABOVE, BELOW, free of it; LEFT_OF, RIGHT_OF, IN_FRONT_OF, BEHIND, BESIDE (right), on its ground; INSIDE, on its floor; BETWEEN two
             * @enum {string}
             */
            relation: "ON" | "UNDER" | "ABOVE" | "BELOW" | "LEFT_OF" | "RIGHT_OF" | "IN_FRONT_OF" | "BEHIND" | "BESIDE" | "INSIDE" | "BETWEEN";
            /** @description names of the objects to go to; BETWEEN takes two, the others go by the bounds of all */
            target: string[];
            /** @description left free, in the scene's unit: 0.1 for ABOVE, BELOW and BESIDE, else 0 */
            gap?: number | null;
        };
        /**
         * Prioritize task
         * @description Put a waiting task before all others that wait, those of its own session too.
         */
        "command.prioritize_task": {
            /** @description the task's id */
            task_id: string;
        };
        /**
         * Run a Python script
         * @description Run Python code, or a script file, that finds its arguments in `args` and leaves its result in `__result__`.
         */
        "command.python.execute": {
            /** @description Python source text; either this or script_path */
            code?: string | null;
            /** @description a Python file */
            script_path?: string | null;
            /** @description the value of `args` in the script */
            args?: Record<string, never> | null;
            /** @description after which the script is stopped */
            timeout_seconds?: number | null;
        };
        /**
         * Redo
         * @description Redo the last change that was undone, or several.
         */
        "command.redo": {
            /**
             * @description how many steps to go forward; fewer if there are fewer
             * @default 1
             */
            steps: number;
        };
        /**
         * Remove constraint
         * @description Remove a constraint, or apply it: with keep_transform its owner stays where the constraint has put it.
         */
        "command.remove_constraint": {
            /** @description whose */
            object_name: string;
            /** @description its name */
            constraint: string;
            /** @description the bone that has it, instead of the object */
            bone?: string | null;
            /**
             * @description stay in place
             * @default false
             */
            keep_transform: boolean;
        };
        /**
         * Remove modifier
         * @description Remove a modifier from an object, without applying it.
         */
        "command.remove_modifier": {
            /** @description whose */
            object_name: string;
            /** @description its name */
            modifier: string;
        };
        /**
         * Render
         * @description Make the final picture and show it. Slow: begin small, with few samples; for a quick look use look. What is not given is as the scene says.
         */
        "command.render": {
            /** @description png, jpg, exr ...; else a temporary file */
            filepath?: string | null;
            /** @description pixels */
            resolution?: number[] | null;
            /** @description per pixel */
            samples?: number | null;
            /** @description CYCLES, EEVEE or WORKBENCH */
            engine?: string | null;
            /** @description name */
            camera?: string | null;
            /** @description number */
            frame?: number | null;
            /**
             * @description longer side of the picture shown
             * @default 800
             */
            preview: number;
        };
        /**
         * Render an image
         * @description Render the scene to an image file. What is not given is as set in the scene, which stays as it is.
         */
        "command.render_image": {
            /** @description where to write it, `//` being the folder of the blend file; without one a file for temporary use */
            filepath?: string | null;
            /** @description width in pixels; if only one side is given, the other follows */
            resolution_x?: number | null;
            /** @description height in pixels */
            resolution_y?: number | null;
            /** @description per pixel, for CYCLES and EEVEE */
            samples?: number | null;
            /** @description CYCLES, EEVEE, WORKBENCH or any other that is installed */
            engine?: string | null;
            /** @description name of the camera to look through */
            camera?: string | null;
            /** @description number of the frame */
            frame?: number | null;
            /**
             * @description of the file; without it the file's extension tells, else PNG
             * @enum {string|null}
             */
            format?: "PNG" | "JPEG" | "WEBP" | "BMP" | "TARGA" | "TIFF" | "OPEN_EXR" | "HDR" | null;
            /** @description whether the background is transparent */
            transparent?: boolean | null;
            /**
             * @description put the file into the reply as well, as base64 in `image`
             * @default false
             */
            inline: boolean;
        };
        /**
         * Resize objects
         * @description Make objects larger or smaller along the world's axes, with what hangs on them. Their feet, the lowest point, stay at their height. Give factor, factors, or any of width, depth and height.
         */
        "command.resize_objects": {
            /** @description of the objects */
            names: string[];
            /** @description of all sides */
            factor?: number | null;
            /** @description of the sides along X, Y and Z */
            factors?: number[] | null;
            /** @description along X, in the scene's unit; sides that are not given stay */
            width?: number | null;
            /** @description along Y */
            depth?: number | null;
            /** @description along Z */
            height?: number | null;
        };
        /**
         * Go back to a checkpoint
         * @description Open a checkpoint in place of the present state. The file keeps its path: on the disk it stays as it was saved last, until it is saved again. The checkpoint stays too.
         */
        "command.restore_checkpoint": {
            /** @description of the checkpoint */
            name: string;
            /**
             * @description restore it even if the user has changes that are not saved; asked only with a window
             * @default false
             */
            discard_changes: boolean;
        };
        /**
         * Restore session
         * @description Make a stored, parked or closed session live again, as it was.
         */
        "command.restore_session": {
            /** @description the session */
            session_id: string;
        };
        /**
         * Retry task
         * @description Do a task that has ended again, as a new task of its session, with the same parameters or others.
         */
        "command.retry_task": {
            /** @description the task that has ended */
            task_id: string;
            /** @description other parameters than it had */
            params?: Record<string, never>;
        };
        /**
         * Rotate objects
         * @description Turn each object about an axis of the world through its own origin, with what hangs on it.
         */
        "command.rotate_objects": {
            /** @description of the objects */
            names: string[];
            /**
             * @description of the world
             * @enum {string}
             */
            axis: "X" | "Y" | "Z";
            /** @description in radians, counter-clockwise seen from the axis's positive end */
            angle: number;
        };
        /**
         * Run code on another blend file
         * @description Run Python in another Blender process without a window, on another blend file; this one stays usable and as it is. That Blender has factory settings, and no add-ons of the user's. What it does not save is lost.
         */
        "command.run_in_background_blender": {
            /** @description source text; `bpy` is imported, and what it puts into the dict `result` is answered */
            code: string;
            /** @description the blend file to work on; without one Blender's start-up file */
            filepath?: string | null;
            /** @description a blend file to write once the code has succeeded; may be filepath */
            save_to?: string | null;
            /**
             * @description after which the process is ended
             * @default 300
             */
            seconds: number;
        };
        /**
         * Save file
         * @description Save the blend file, over an older one of that name if there is one.
         */
        "command.save_file": {
            /** @description where; without it where it was opened from or saved last */
            filepath?: string | null;
            /**
             * @description write the file but go on with the present one
             * @default false
             */
            copy: boolean;
            /**
             * @description write a smaller file, more slowly
             * @default false
             */
            compress: boolean;
        };
        /**
         * Save session
         * @description Have a session kept even if nothing has happened in it yet; all others are kept unasked.
         */
        "command.save_session": {
            /** @description your own if left out */
            session_id?: string;
        };
        /**
         * Scene settings
         * @description Tell the scene's frame range, render engine, resolution and number of objects.
         */
        "command.scene.get_info": Record<string, never>;
        /**
         * List objects
         * @description List the objects of the scene, or those of one type, a page at a time.
         */
        "command.scene.list_objects": {
            /** @description for instance MESH, LIGHT, CAMERA, EMPTY, CURVE; in upper or lower case */
            type?: string | null;
            /**
             * @description how many at most
             * @default 1000
             */
            limit: number;
            /**
             * @description how many to pass over: the `next_offset` of the page before
             * @default 0
             */
            offset: number;
        };
        /**
         * Screenshot of the window
         * @description Take a picture of Blender's window with all its editors, or of one of them, as the user sees it; for the scene alone use look.
         */
        "command.screenshot": {
            /** @description an editor: VIEW_3D, NODE_EDITOR, OUTLINER, PROPERTIES ...; "VIEW_3D:1" is the second of them */
            area?: string | null;
            /**
             * @description which of Blender's windows
             * @default 0
             */
            window: number;
            /**
             * @description pixels of the longer side at most
             * @default 1600
             */
            size: number;
        };
        /**
         * Search dictionary
         * @description Find building terms (walls, roofs, rooms, materials, shapes, measures) by their English, Japanese or Chinese names: what each builds, by which command and parameters, and its names in all three. The best fit comes first.
         */
        "command.search_dictionary": {
            /** @description a name, part of one, or a sentence with it */
            query: string;
            /**
             * @description only names of this language; all if left out
             * @enum {unknown}
             */
            language?: "en" | "ja" | "zh";
            /**
             * @description how many
             * @default 10
             */
            limit: number;
        };
        /**
         * Search history
         * @description Find commands in the histories of all sessions, or of one, by words of their names, arguments, results and the person's own words. All words must be there; the newest come first.
         */
        "command.search_history": {
            /** @description the words */
            query: string;
            /** @description only in this session */
            session_id?: string;
            /**
             * @description how many
             * @default 20
             */
            limit: number;
            /** @description only hits before the one of this cursor */
            before?: number;
        };
        /**
         * Select objects
         * @description Select objects, or none.
         */
        "command.select_objects": {
            /** @description the objects; an empty list with mode SET deselects everything */
            names: string[];
            /**
             * @description SET selects these and no others, ADD these too, REMOVE deselects these
             * @default SET
             * @enum {string}
             */
            mode: "SET" | "ADD" | "REMOVE";
            /** @description the object to make the active one; otherwise SET and ADD make it the last of `names` */
            active?: string | null;
        };
        /**
         * Send command
         * @description Run a command in the session that is named, and answer its result; where a message can say its session itself, that does the same.
         */
        "command.send_command": {
            /** @description the session */
            session_id: string;
            /** @description the command's name */
            type: string;
            /** @description the command's parameters */
            params?: Record<string, never>;
        };
        /**
         * Session exists
         * @description Tell whether there is such a session, and whether it is live, parked or closed.
         */
        "command.session_exists": {
            /** @description the session */
            session_id: string;
        };
        /**
         * Set frames and speed
         * @description Set the scene's first and last frame, the present one, and frames per second; what is not given stays.
         */
        "command.set_frame_range": {
            /** @description first */
            frame_start?: number | null;
            /** @description last */
            frame_end?: number | null;
            /** @description to go to */
            frame_current?: number | null;
            /** @description as 24, 25, 29.97 */
            fps?: number | null;
        };
        /**
         * Set geometry nodes inputs
         * @description Set inputs of an object's geometry nodes modifier; tells how large the result was and is.
         */
        "command.set_geometry_inputs": {
            /** @description whose */
            object_name: string;
            /** @description shown names and values, as {"Density": 5.0, "Instance": "Tree"}; objects, collections, materials and images by name or null; {"attribute": "name"} to read a named attribute instead */
            inputs: Record<string, never>;
            /** @description its name, where the object has several */
            modifier?: string | null;
        };
        /**
         * Set keyframes
         * @description Animate a property: give its values on frames. Other keyframes of it stay.
         */
        "command.set_keyframes": {
            /** @description of the property, as "location", "rotation_euler", "hide_render", "energy" (owner data), 'key_blocks["Smile"].value' (shape_keys), 'nodes["Emission"].inputs[1].default_value' (material_nodes) */
            path: string;
            /** @description each {"frame": 1, "value": 2.5}; a value is a number, true or false, a name of a choice, or an array for all parts of a vector; may have an "interpolation" of its own */
            keys: Record<string, never>[];
            /** @description whose; not for the scene and the world */
            object_name?: string | null;
            /**
             * @description what of the object the path begins at
             * @default object
             * @enum {string}
             */
            owner: "object" | "data" | "shape_keys" | "material" | "material_nodes" | "scene" | "world" | "world_nodes";
            /** @description one part of a vector, 0 being X; values are numbers then */
            index?: number | null;
            /**
             * @description from each of these keys to the next
             * @default BEZIER
             * @enum {string}
             */
            interpolation: "CONSTANT" | "LINEAR" | "BEZIER" | "SINE" | "QUAD" | "CUBIC" | "QUART" | "QUINT" | "EXPO" | "CIRC" | "BACK" | "BOUNCE" | "ELASTIC";
            /**
             * @description first remove all other keyframes of the property
             * @default false
             */
            replace: boolean;
        };
        /**
         * Set material
         * @description Give an object a material, change a material's look, or both; what is not given stays.
         */
        "command.set_material": {
            /** @description to give it to */
            object_name?: string | null;
            /** @description else the object's own, or a new one */
            material_name?: string | null;
            /**
             * @description under that name
             * @default true
             */
            create_if_missing: boolean;
            /**
             * @description of the object
             * @default 0
             */
            slot: number;
            /** @description base, linear RGB(A) */
            color?: number[] | null;
            /** @description 1 metal */
            metallic?: number | null;
            /** @description 0 mirror, 1 chalk */
            roughness?: number | null;
            /** @description 0 clear */
            alpha?: number | null;
            /** @description light it gives off */
            emission_color?: number[] | null;
            /** @description 1 unless told */
            emission_strength?: number | null;
            /** @description 1 glass */
            transmission?: number | null;
            /** @description of refraction */
            ior?: number | null;
            /** @description reflections */
            specular?: number | null;
            /** @description image file for the base color */
            texture?: string | null;
        };
        /**
         * Set settings
         * @description Change settings until Blender ends, of those that can be changed while Tenon serves; the others are the user's, in Blender's preferences.
         */
        "command.set_settings": {
            /** @description by name, as get_settings tells them */
            values: Record<string, never>;
        };
        /**
         * Set telemetry consent
         * @description Answer that nothing may be collected, whatever is asked for: Tenon has no telemetry to consent to.
         */
        "command.set_telemetry_consent": {
            /**
             * @description what the client would like
             * @default false
             */
            consent: boolean;
        };
        /**
         * Set the world
         * @description Light the scene by its world: a color, or a surrounding picture (HDRI). What is not given stays.
         */
        "command.set_world": {
            /** @description linear RGB; a picture that was there goes */
            color?: number[] | null;
            /** @description factor of the light; 0 is dark */
            strength?: number | null;
            /** @description file of an equirectangular picture, as .hdr or .exr */
            image?: string | null;
            /** @description of the picture around Z, in radians */
            rotation?: number | null;
        };
        /**
         * Show or hide objects
         * @description Show or hide objects, in viewports and renders, with what hangs on them.
         */
        "command.show_objects": {
            /** @description of the objects */
            names: string[];
            /** @description whether they are to be seen */
            visible: boolean;
            /**
             * @description also all that hangs on them
             * @default true
             */
            children: boolean;
        };
        /**
         * Stack objects
         * @description Put objects one on the other, by their bounds in the world, each centered on the one before.
         */
        "command.stack_objects": {
            /** @description of the objects, from below; the first one stays */
            names: string[];
        };
        /**
         * Undo
         * @description Take back the last changes, the user's own too; each command is one step. Kept references go stale.
         */
        "command.undo": {
            /**
             * @description how many
             * @default 1
             */
            steps: number;
        };
        /**
         * Unwrap UVs
         * @description Lay the faces of meshes out on UV maps, all faces of each.
         */
        "command.unwrap_uv": {
            /** @description the meshes */
            object_names: string[];
            /**
             * @description SMART (any shape, no seams needed), CUBE (from six sides, may overlap), ANGLE or CONFORMAL (along seams that were marked)
             * @default SMART
             * @enum {string}
             */
            method: "SMART" | "CUBE" | "ANGLE" | "CONFORMAL";
            /** @description the map to fill, made if it is missing; else the active one */
            uv_map?: string | null;
            /**
             * @description between islands, as a part of the map
             * @default 0.01
             */
            margin: number;
            /**
             * @description of SMART: edges that are sharper split islands, in radians
             * @default 1.1519173063162575
             */
            angle_limit: number;
            /** @description of CUBE: the length that fills the map once; else all is made to fit */
            cube_size?: number | null;
        };
        /**
         * Change building elements
         * @description Change the parameters of building elements and make them anew in place; materials stay.
         */
        "command.update_element": {
            /** @description objects that a build_ command made */
            names: string[];
            /** @description parameters of that command, and `material`: their new values */
            set?: Record<string, never> | null;
            /** @description parameters: by how much they grow, negative to shrink */
            change?: Record<string, never> | null;
        };
        /**
         * Update state
         * @description Merge the given keys (any but session_id) into a session's state and answer the whole.
         */
        "command.update_state": {
            /** @description your own if left out */
            session_id?: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * Run a command and take a picture
         * @description Run another command, and add a small PNG picture of the view to its result, as base64 in `preview`.
         */
        "command.with_preview": {
            /** @description the name of the command */
            command: string;
            /** @description its parameters */
            params?: Record<string, never> | null;
        };
        /**
         * Write design document
         * @description Write a session's design document beside its logs, as closing it does, and answer it.
         */
        "command.write_design_document": {
            /** @description your own if left out */
            session_id?: string;
            /**
             * @description of the headings; the setting's if left out
             * @enum {unknown}
             */
            language?: "en" | "ja";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    submit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskRequest"];
            };
        };
        responses: {
            /** @description The command's result, or that it is queued (`async`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Submitted"];
                };
            };
            /** @description `invalid_json`, `too_deep`, `invalid_params` or `unknown_command` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description The body was not complete in time */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `cancelled`, while this request waited */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `message_too_large` */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed`: Blender could not do it; `not_understood`: a sentence */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `queue_full` or `shutting_down`; see Retry-After */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `timeout`, with `task_id`; the task goes on */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    figures: {
        parameters: {
            query?: {
                /** @description Who asks */
                session_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Figures"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    figures_by_post: {
        parameters: {
            query?: {
                /** @description Who asks */
                session_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Figures"];
                };
            };
            /** @description `invalid_json` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    fetch: {
        parameters: {
            query?: {
                /** @description Seconds to wait for the task's end, 60 at most; then it is told as it stands */
                wait?: number;
                /** @description Who asks */
                session_id?: string;
            };
            header?: never;
            path: {
                /** @description As `POST /mcp` answered it */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Task"];
                };
            };
            /** @description `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `task_not_found` or `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `shutting_down`, while this request waited */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    cancel: {
        parameters: {
            query?: {
                /** @description Who asks */
                session_id?: string;
            };
            header?: never;
            path: {
                /** @description As `POST /mcp` answered it */
                task_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stopped"];
                };
            };
            /** @description `task_not_found` or `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain; version=0.0.4": string;
                };
            };
        };
    };
    send: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskRequest"];
            };
        };
        responses: {
            /** @description The command's result, or that it is queued (`async`) */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Submitted"];
                };
            };
            /** @description `invalid_json`, `invalid_params` or `unknown_command` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed`: Blender could not do it; `not_understood`: a sentence */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `timeout`, with `task_id`; the task goes on */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    sign_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInRequest"];
            };
        };
        responses: {
            /** @description Signed in; see `Set-Cookie` */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_params`: no token is set, so nobody has to sign in */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `unauthorized`: another token is set */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `unauthorized`: too many wrong tokens; see Retry-After */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    sign_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ServerStatus"];
                };
            };
        };
    };
    channel_statistics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelStatistics"];
                };
            };
        };
    };
    list_sessions: {
        parameters: {
            query?: {
                /** @description which; without it the live and the parked ones */
                status?: "live" | "parked" | "closed" | "all";
                /** @description how many */
                limit?: number;
                /** @description only those last active before this time, in Unix seconds */
                before?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListedSession"][];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    create_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedSession"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    search_history: {
        parameters: {
            query: {
                /** @description the words */
                query: string;
                /** @description only in this session */
                session_id?: string;
                /** @description how many */
                limit?: number;
                /** @description only hits before the one of this cursor */
                before?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Hit"][];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    get_store_statistics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StoreStatistics"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    cleanup_idle_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description seconds without a command
                     * @default 300
                     */
                    timeout?: number;
                };
            };
        };
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionId"][];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    cleanup_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description since their last command */
                    days: number;
                };
            };
        };
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionId"][];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    export_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description absolute path of the file */
                    filepath: string;
                    /** @description only these; all if left out */
                    session_ids?: string[];
                };
            };
        };
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Exported"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    import_sessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description absolute path of the file */
                    filepath: string;
                };
            };
        };
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportedSessions"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    get_session_info: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    close_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClosedSession"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    update_state: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["State"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    get_session_history: {
        parameters: {
            query?: {
                /** @description how many */
                limit?: number;
                /** @description only entries before the one of this id */
                before?: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryEntry"][];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    save_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SavedSession"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    restore_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    delete_session: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletedSession"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    write_design_document: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description of the headings; the setting's if left out
                     * @enum {unknown}
                     */
                    language?: "en" | "ja";
                };
            };
        };
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Design"];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
    list_instances: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What the command answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Instance"][];
                };
            };
            /** @description `invalid_json` or `invalid_params` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `session_not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `command_failed` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
            /** @description `store_unavailable` or `shutting_down` */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Failure"];
                };
            };
        };
    };
}
