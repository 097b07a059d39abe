/** One good record of each kind that only admins change; a test changes the fields that it is about. */
import type { AlertRecord, AuditDraft } from "../../src/administration.ts";
import type { CredentialRecord } from "../../src/credential.ts";
import type { ProjectRecord } from "../../src/key.ts";

export const aCredential = (
  id: string,
  change: Partial<CredentialRecord> = {},
): CredentialRecord => ({
  id,
  providerId: "p",
  label: "main",
  last4: "x9Yz",
  fingerprint: "0123456789abcdef",
  origin: "https://api.example.com",
  dekId: "dek_1",
  iv: "aXY=",
  ciphertext: "c2VhbGVk",
  sealVersion: 1,
  enabled: true,
  setAtMs: 1_000,
  ...change,
});

export const aProject = (id: string, change: Partial<ProjectRecord> = {}): ProjectRecord => ({
  id,
  name: "Team 'red'",
  budgetDayNanoUsd: undefined,
  budgetMonthNanoUsd: 9_007_199_254_740_991,
  timeZone: "Europe/Berlin",
  labels: ["eu"],
  ...change,
});

export const anAlert = (id: string, change: Partial<AlertRecord> = {}): AlertRecord => ({
  id,
  url: "https://hooks.example.com/x",
  events: ["vault-sealed", "budget-80"],
  signingSecret: undefined,
  enabled: true,
  ...change,
});

export const aDraft = (change: Partial<AuditDraft> = {}): AuditDraft => ({
  atMs: 1_000,
  actor: "session:0a1b2c3d",
  action: "provider.put",
  target: "p",
  outcome: "ok",
  before: undefined,
  after: '{"kind":"openai","note":"naïve \\u0000 \'x\'"}',
  requestId: "req_1",
  ...change,
});
