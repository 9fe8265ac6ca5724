import { Alert, Button, Card, Flex, Input, Typography } from "antd";
import { useState } from "react";
import { request, TenonError } from "../api/client";
import { useFormat, useText } from "../i18n";
import { appText } from "./text";

/** Asks for the token once. It goes to Tenon, which answers with a cookie that no script can read. */
export function SignIn({ onDone }: { onDone: () => void }) {
  const words = useText(appText);
  const format = useFormat();
  const [problem, setProblem] = useState("");
  const [isSending, setSending] = useState(false);
  const [token, setToken] = useState("");
  const send = async () => {
    setSending(true);
    try {
      await request("POST", "/sign-in", { token });
      onDone();
    } catch (error) {
      if (!(error instanceof TenonError)) throw error;
      const { status, details } = error;
      const seconds = Number(details["retry_after"] ?? 1);
      if (status === 429) setProblem(words.tooMany(format.number(seconds)));
      else setProblem(status === 401 ? words.wrongToken : error.message);
    } finally {
      setSending(false);
    }
  };
  return (
    <Flex justify="center" align="center" style={{ minHeight: "100vh", padding: 16 }}>
      <Card style={{ width: 380, maxWidth: "100%" }}>
        <Typography.Title level={1} style={{ fontSize: 20, marginTop: 0 }}>
          {words.signInTitle}
        </Typography.Title>
        <Typography.Paragraph type="secondary">{words.signInHelp}</Typography.Paragraph>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <Flex vertical gap={12}>
            <label htmlFor="token">{words.token}</label>
            <Input.Password
              id="token"
              autoFocus
              required
              autoComplete="current-password"
              value={token}
              onChange={({ target }) => setToken(target.value)}
            />
            {problem && <Alert type="error" showIcon role="alert" title={problem} />}
            <Button type="primary" htmlType="submit" loading={isSending} block>
              {words.signIn}
            </Button>
          </Flex>
        </form>
      </Card>
    </Flex>
  );
}
